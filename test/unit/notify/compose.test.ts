/** What each receiver is told of a transition. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { WallTime } from "../../../controller/net/time.ts";
import { composeNotifications } from "../../../controller/notify/compose.ts";
import { fromQueuedItem, type Notification } from "../../../controller/notify/notification.ts";
import type { NotifySpec } from "../../../controller/resource/virtual-ip.ts";
import type { Role, Transition } from "../../../controller/vrrp/virtual-router.ts";

const MAIL: NotifySpec = {
  mail: { to: ["ops@example.com"], from: "ka_admin@example.com", server: "127.0.0.1:25" },
};
const EXEC: NotifySpec = { exec: { command: ["/etc/holdfast/notify.sh", "-v"], timeout: "30s" } };

const transition = (from: Role, to: Role, sequence = 7): Transition => ({
  sequence,
  speaker: "5c0e",
  router: "default/web",
  from,
  to,
  effectivePriority: 85,
  at: Date.UTC(2026, 10, 24, 9, 8, 32, 5) as WallTime,
  because: "master: 172.16.253.105 has fallen silent; our priority is 85 = 95 - 10 (in-service: it is there)",
});

function told(happened: Transition, ...notify: NotifySpec[]): Notification[] {
  const addresses = ["172.16.253.150/32"];
  const group = "gateway, with inside";
  const occasion = { transition: happened, node: "keepalive-a", notify, addresses, group };
  return composeNotifications(occasion).map((item) => {
    const notification = fromQueuedItem({ id: item.id, payload: JSON.parse(JSON.stringify(item.payload)) });
    assert.ok(notification !== null, "it survives the disk");
    return notification;
  });
}

const subjectOf = (happened: Transition): string => {
  const [notification] = told(happened, MAIL);
  assert.ok(notification?.delivery.type === "mail");
  return notification.delivery.subject;
};

describe("a command", () => {
  const cases: readonly (readonly [Role, string])[] = [
    ["master", "MASTER"],
    ["backup", "BACKUP"],
    ["fault", "FAULT"],
    ["initialize", "STOP"],
  ];
  for (const [role, word] of cases) {
    it(`is called with keepalived's arguments when the role becomes ${role}`, () => {
      const [notification] = told(transition("backup", role), EXEC);
      assert.ok(notification?.delivery.type === "exec");
      assert.deepEqual(notification.delivery.command, [
        ...["/etc/holdfast/notify.sh", "-v"],
        ...["INSTANCE", "web", word, "85"],
      ]);
      assert.equal(notification.delivery.timeout, 30_000);
    });
  }
});

describe("a mail", () => {
  it("says in its subject who is what, and what it was", () => {
    assert.equal(
      subjectOf(transition("backup", "master")),
      "[holdfast] web: keepalive-a is MASTER (was BACKUP)",
    );
    assert.equal(
      subjectOf(transition("initialize", "backup")),
      "[holdfast] web: keepalive-a is BACKUP (just started)",
    );
    assert.equal(
      subjectOf(transition("master", "initialize")),
      "[holdfast] web: keepalive-a is STOP (was MASTER)",
    );
  });

  it("says when, for which addresses, with what priority and why", () => {
    const [notification] = told(transition("backup", "master"), MAIL);
    assert.ok(notification?.delivery.type === "mail");
    assert.equal(
      notification.delivery.text,
      [
        "2026-11-24T09:08:32.005Z: VRRP transition on keepalive-a",
        "",
        "VirtualIP  web (172.16.253.150/32)",
        "Group      gateway, with inside",
        "State      MASTER (was BACKUP)",
        "Priority   85",
        "Why        master: 172.16.253.105 has fallen silent; our priority is 85 = 95 - 10 (in-service: it is there)",
        "",
        'On keepalive-a, "holdfast why vip/web" tells more.',
        "",
      ].join("\n"),
    );
  });

  it("bears an id that is the same for every attempt and of its own for each transition", () => {
    const idOf = (happened: Transition): string => {
      const [notification] = told(happened, MAIL);
      assert.ok(notification?.delivery.type === "mail");
      return notification.delivery.messageId;
    };
    assert.equal(idOf(transition("backup", "master", 7)), "<5c0e.7.0@example.com>");
    assert.equal(idOf(transition("backup", "master", 8)), "<5c0e.8.0@example.com>");
  });
});

describe("several receivers", () => {
  it("have lanes of their own", () => {
    const lanes = told(transition("backup", "master"), MAIL, EXEC).map(({ lane }) => lane);
    assert.equal(new Set(lanes).size, 2);
  });

  it("keep their lanes when the list is edited", () => {
    const laneOf = (...notify: NotifySpec[]): string | undefined =>
      told(transition("backup", "master"), ...notify).find(({ delivery }) => delivery.type === "exec")?.lane;
    assert.equal(laneOf(MAIL, EXEC), laneOf(EXEC));
  });

  it("are told nothing twice, however often the speaker repeats itself", () => {
    const occasion = {
      transition: transition("backup", "master"),
      node: "a",
      notify: [MAIL, EXEC],
      addresses: [],
      group: null,
    };
    const ids = composeNotifications(occasion).map(({ id }) => id);
    assert.deepEqual(
      composeNotifications(occasion).map(({ id }) => id),
      ids,
    );
    assert.equal(new Set(ids).size, 2);
  });
});

it("what no version of ours has written is not read", () => {
  assert.equal(fromQueuedItem({ id: "x", payload: { lane: "y" } }), null);
});
