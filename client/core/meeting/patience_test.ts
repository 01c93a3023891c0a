import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { ScriptedMeeting } from "../testing/scripted_meeting.ts";
import { refused } from "../testing/scripted_servers.ts";
import { ANSWER_LIMIT_MS } from "./controller_link.ts";

function messages({ servers }: ScriptedMeeting) {
  return servers.connections.flatMap(({ requests }) => requests)
    .flatMap((request) => request.case === "sendMessage" ? [request.value] : []);
}

Deno.test("what the controller cannot make sure of now is asked again until it can", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time, meeting } = client;
  let refusals = 3;
  servers.script = (request) =>
    request.case === "raiseHand" && refusals-- > 0 ? refused(ErrorCode.UNAVAILABLE) : undefined;
  await Promise.all([meeting.raiseHand(true), time.advance(3_000)]);
  assert.equal(client.asked().filter((asked) => asked.endsWith("raiseHand")).length, 4);
});

Deno.test("a controller that stays unable makes an action fail after ten seconds", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time, meeting } = client;
  servers.script = (request) =>
    request.case === "raiseHand" ? refused(ErrorCode.UNAVAILABLE) : undefined;
  const failed = assert.rejects(meeting.raiseHand(true), {
    name: "MeetingActionError",
    reason: "unavailable",
  });
  await time.advance(ANSWER_LIMIT_MS);
  await failed;
});

Deno.test("an action asked while the controller is away goes with the next one", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time, meeting } = client;
  servers.unreachable.add("controller.test");
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await time.advance(1_000);
  const sent = meeting.sendMessage("hello");
  await time.advance(1_000);
  assert.deepEqual(messages(client), []);
  servers.unreachable.clear();
  await Promise.all([sent, time.advance(5_000)]);
  assert.equal(messages(client).length, 1);
});

Deno.test("an action asked while no controller comes back fails after ten seconds", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time, meeting } = client;
  servers.reachable = false;
  servers.newest("controller").session.fail(new Error("idle timeout"));
  await time.advance(1_000);
  const failed = assert.rejects(meeting.sendMessage("hello"), { reason: "unavailable" });
  await time.advance(ANSWER_LIMIT_MS);
  await failed;
  assert.equal(client.state.phase, "reconnecting");
});

Deno.test("a message whose acknowledgement got lost is sent again under its id", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, time, meeting } = client;
  let lost = false;
  servers.script = (request, { session }) => {
    if (request.case !== "sendMessage" || lost) return undefined;
    lost = true;
    session.fail(new Error("idle timeout"));
    return "silence";
  };
  await Promise.all([meeting.sendMessage("hello"), time.advance(2_000)]);
  const [first, second, ...more] = messages(client);
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(first.messageId, second.messageId);
  assert.deepEqual(more, []);
});

Deno.test("a refusal says why in words for people", async () => {
  await using client = await ScriptedMeeting.joined();
  const { servers, meeting } = client;
  for (
    const [code, reason] of [
      [ErrorCode.FORBIDDEN, "not-allowed"],
      [ErrorCode.NOT_FOUND, "gone"],
      [ErrorCode.RATE_LIMITED, "too-many"],
      [ErrorCode.INVALID_REQUEST, "invalid"],
    ] as const
  ) {
    servers.script = (request) => request.case === "lowerHand" ? refused(code) : undefined;
    await client.settle(assert.rejects(meeting.lowerHand(), { reason }));
  }
});

Deno.test("outside a meeting nothing can be done", async () => {
  await using client = await ScriptedMeeting.joined();
  await client.settle(client.meeting.leave());
  await assert.rejects(client.meeting.raiseHand(true), { reason: "invalid" });
});
