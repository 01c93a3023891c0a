import { deepStrictEqual, strictEqual } from "node:assert/strict";
import type { MediaTelemetryReport } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { PRESENCE_DELAY_MS, TELEMETRY_INTERVAL_MS } from "../limits.ts";
import { settle } from "../testing/test_client.ts";
import { TestMeeting } from "../testing/test_meeting.ts";
import { reportStream } from "./report_stream.ts";

/** A meeting controller that listens, and what it has been told so far. */
function listen(meeting: TestMeeting) {
  const stop = new AbortController();
  const told: string[] = [];
  let reports = 0;
  const take = ({ presence }: MediaTelemetryReport) => {
    reports++;
    for (const { participantId, connected } of presence) {
      told.push(`${connected ? "+" : "-"}${participantId}`);
    }
  };
  const { router, clock } = meeting.mediaHandler;
  const done = (async () => {
    for await (const report of reportStream(router, clock, stop.signal)) take(report);
  })();
  const end = async () => {
    stop.abort();
    await done;
  };
  return { told, reports: () => reports, [Symbol.asyncDispose]: end };
}

Deno.test("the first report names everyone who is connected, and nobody who only is registered", async () => {
  await using meeting = new TestMeeting();
  const anna = await meeting.join();
  meeting.register(crypto.randomUUID());
  await using controller = listen(meeting);
  await settle();
  deepStrictEqual(controller.told, [`+${anna.id}`]);
});

Deno.test("who connects and who goes is told soon, together with others of the same moment", async () => {
  await using meeting = new TestMeeting();
  await using controller = listen(meeting);
  await settle();
  const [anna, berta] = await Promise.all([meeting.join(), meeting.join()]);
  await settle();
  meeting.clock.advance(PRESENCE_DELAY_MS - 1);
  await settle();
  strictEqual(controller.reports(), 1);
  meeting.clock.advance(1);
  await settle();
  deepStrictEqual(controller.told.toSorted(), [`+${anna.id}`, `+${berta.id}`].toSorted());
  strictEqual(controller.reports(), 2);
  anna.session.close();
  await settle();
  meeting.mediaHandler.router.remove(meeting.meetingId, berta.id);
  meeting.clock.advance(PRESENCE_DELAY_MS);
  await settle();
  deepStrictEqual(controller.told.slice(2).toSorted(), [`-${anna.id}`, `-${berta.id}`].toSorted());
});

Deno.test("who comes back at once, by the same or by another session, was never gone", async () => {
  await using meeting = new TestMeeting();
  const id = crypto.randomUUID();
  const token = meeting.register(id);
  await meeting.connect().authenticate(token);
  await using controller = listen(meeting);
  await settle();
  await meeting.connect().authenticate(token);
  meeting.clock.advance(PRESENCE_DELAY_MS);
  await settle();
  deepStrictEqual(controller.told, [`+${id}`]);
  strictEqual(controller.reports(), 1);
});

Deno.test("each listener is told of everyone, and figures come as regularly as without", async () => {
  await using meeting = new TestMeeting();
  await using early = listen(meeting);
  await settle();
  const anna = await meeting.join();
  await settle();
  meeting.clock.advance(TELEMETRY_INTERVAL_MS / 2);
  await settle();
  await using late = listen(meeting);
  await settle();
  deepStrictEqual([early.told, late.told], [[`+${anna.id}`], [`+${anna.id}`]]);
  meeting.clock.advance(TELEMETRY_INTERVAL_MS / 2);
  await settle();
  deepStrictEqual([early.reports(), late.reports()], [3, 1]);
});

Deno.test("a listener that is gone leaves nothing behind", async () => {
  await using meeting = new TestMeeting();
  const before = meeting.clock.pendingTimers;
  const controller = listen(meeting);
  await settle();
  await controller[Symbol.asyncDispose]();
  strictEqual(meeting.clock.pendingTimers, before);
});
