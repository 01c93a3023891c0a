import assert from "node:assert/strict";
import { CloseCode } from "../../meeting-controller/participant/close_code.ts";
import type { RequestInit } from "../../meeting-controller/testing/signaling_client.ts";
import type { SessionCloseInfo } from "../../runtime/webtransport/session.ts";
import { eventually } from "../eventually.ts";
import { FailingStack } from "../failure/failing_stack.ts";
import { WatchedMeeting } from "../watched_meeting.ts";
import { Attacker } from "./attacker.ts";

/** How long the meeting may take to go on elsewhere, milliseconds. */
const MOVE_LIMIT_MS = 15_000;
/** Within which the session with the stale owner has ended, milliseconds. */
const STEP_DOWN_LIMIT_MS = 5_000;

/**
 * What somebody asks who does not know that the controller stands still. All but the reaction change
 * the meeting; that one is handed on to those who are still there, by whoever owns the meeting.
 */
const REQUESTS: readonly RequestInit[] = [
  { case: "raiseHand", value: { raised: true } },
  {
    case: "sendMessage",
    value: { messageId: crypto.randomUUID(), content: new Uint8Array([1]) },
  },
  { case: "sendReaction", value: { content: new Uint8Array([1]) } },
  { case: "leaveRequest", value: {} },
];

Deno.test("an owner that stood still past its lease acknowledges no change that waited for it", async () => {
  await using failing = await FailingStack.start();
  await using meeting = await WatchedMeeting.start(failing.url);
  using attacker = new Attacker(failing.url, meeting.code);
  const { client, meetingId } = await attacker.enter();
  await client.settle();
  const owner = failing.ownerOf(meetingId);
  const epoch = client.epoch;
  const acknowledged: string[] = [];
  let end: SessionCloseInfo | undefined;
  client.closed.then((info) => end = info);
  failing.stop(owner);
  for (const request of REQUESTS) {
    client.ask(request).then((answer) => {
      if (answer.case === "acknowledgement") acknowledged.push(request.case!);
    });
  }
  await eventually("the meeting has another owner", MOVE_LIMIT_MS, () => {
    return failing.lines.named("meeting owned", meetingId).length > 1;
  });
  // Its lease has run out, and the session has not: that goes by itself after 4 s of silence.
  assert.equal(end, undefined, "the session ended before the owner went on");
  failing.continue(owner);
  const { closeCode } = await eventually("the session has ended", STEP_DOWN_LIMIT_MS, () => end);
  assert.equal(closeCode, CloseCode.GOING_AWAY, "it was not the stale owner that ended it");
  assert.deepEqual(acknowledged.filter((kind) => kind !== "sendReaction"), []);
  assert.equal(client.epoch, epoch);
  await meeting.flows();
  for (const { state } of meeting.clients) assert.equal(state.phase, "joined");
});
