/** Mail by SMTP, and commands. What sends mail is loaded when the first is sent: few nodes send any. */
import { hostname } from "node:os";
import type { Millis } from "../../net/time.ts";
import { OperationFailure } from "../../port/failure.ts";
import type { Mail, Messenger } from "../../port/messenger.ts";
import { runCommand } from "../process/run-command.ts";

/** A server that is well answers at once; one that is not must not hold its lane for long. */
const CONNECTION_TIMEOUT_MS = 10_000;
const SOCKET_TIMEOUT_MS = 30_000;
const SMTP_PORT = 25;

export class SystemMessenger implements Messenger {
  async sendMail({ server, ...mail }: Mail, signal: AbortSignal): Promise<void> {
    const [host = "", port = String(SMTP_PORT)] = server.split(":");
    const { createTransport } = await import("nodemailer");
    const transport = createTransport({
      host,
      port: Number(port),
      name: hostname(),
      // STARTTLS where it is offered. A relay on the loopback or in the rack has seldom a certificate that anybody signed.
      secure: false,
      tls: { rejectUnauthorized: false },
      dnsTimeout: CONNECTION_TIMEOUT_MS,
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      greetingTimeout: CONNECTION_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    try {
      // Called off in the middle, nobody knows whether the server has taken the mail, hence the constant Message-ID.
      await transport.sendMail({ ...mail, to: [...mail.to], signal });
    } catch (error) {
      const output = error instanceof Error ? error.message : String(error);
      throw new OperationFailure({ code: "mail-refused", server, output }, error);
    } finally {
      transport.close();
    }
  }

  async run(command: readonly string[], timeout: Millis, signal: AbortSignal): Promise<void> {
    // What a notification starts in the background (`systemctl start nginx`, a mailer) is meant to go on.
    const { status, how, said } = await runCommand(command, { timeout, signal, survivors: "leave" });
    if (status === 0) return;
    const output = said === "" ? how : `${how}: ${said}`;
    throw new OperationFailure({ code: "command-failed", command: command.join(" "), output });
  }
}
