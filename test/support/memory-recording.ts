/** A recording that stays in memory. */
import type { RecordingSink } from "../../controller/port/recording-sink.ts";

export class MemoryRecording implements RecordingSink {
  part = 0;
  text = "";

  write(line: string): void {
    this.text += `${line}\n`;
  }

  flushed(): Promise<void> {
    return Promise.resolve();
  }
}
