import assert from "node:assert/strict";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  ClientEnvelopeSchema,
  ErrorCode,
  ServerEnvelopeSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { settled, SimulatedTime } from "../testing/simulated_time.ts";
import { ScriptedSession } from "../testing/scripted_session.ts";
import type { SignalingEvent } from "./requests.ts";
import { MAX_PENDING_REQUESTS, REQUEST_DEADLINE_MS, SignalingClient } from "./signaling_client.ts";

type Answer = MessageInitShape<typeof ServerEnvelopeSchema>["message"];

function encode(requestId: number, message: Answer): Uint8Array {
  return toBinary(
    ServerEnvelopeSchema,
    create(ServerEnvelopeSchema, { version: 1, requestId, message }),
  );
}

async function open() {
  const time = new SimulatedTime();
  const session = new ScriptedSession();
  const events: SignalingEvent[] = [];
  const client = await SignalingClient.open(session, {
    onEvent: (event) => events.push(event),
    now: time.now,
    scheduler: time,
  });
  const sent = () => session.messages.map((bytes) => fromBinary(ClientEnvelopeSchema, bytes));
  return { time, session, events, client, sent };
}

Deno.test("a request gets the answer with its number, whatever the order", async () => {
  const { session, client, sent } = await open();
  const first = client.request("prepareRequest", { meetingId: "m", joinToken: "t" });
  const second = client.request("updateStream", { streamId: "s", muted: true });
  await settled();
  assert.deepEqual(sent().map(({ requestId, message }) => [requestId, message.case]), [
    [1, "prepareRequest"],
    [2, "updateStream"],
  ]);
  session.reply(
    encode(2, { case: "acknowledgement", value: {} }),
    encode(1, { case: "prepareResponse", value: { participantId: "p" } }),
  );
  assert.equal((await first).participantId, "p");
  await second;
  await client[Symbol.asyncDispose]();
});

Deno.test("an answer is handled before an event that follows it in the same bytes", async () => {
  const { session, client, events } = await open();
  let eventsBefore: number | undefined;
  const joining = client.request("joinRequest", {}, {
    onAnswer: () => eventsBefore = events.length,
  });
  session.reply(
    encode(1, { case: "joinResponse", value: { participantId: "p" } }),
    encode(0, { case: "participantLeft", value: { participantId: "q" } }),
  );
  await joining;
  await settled();
  assert.equal(eventsBefore, 0);
  assert.deepEqual(events.map((event) => event.case), ["participantLeft"]);
  await client[Symbol.asyncDispose]();
});

Deno.test("a refusal rejects with its code, and the session goes on", async () => {
  const { session, client } = await open();
  const refused = client.request("publishStream", { streamId: "s" });
  session.reply(encode(1, { case: "error", value: { code: ErrorCode.CONFLICT, message: "no" } }));
  await assert.rejects(refused, { name: "SignalingError", code: ErrorCode.CONFLICT });
  const next = client.request("leaveRequest", {});
  session.reply(encode(2, { case: "acknowledgement", value: {} }));
  await next;
  await client[Symbol.asyncDispose]();
});

Deno.test("a request without an answer ends at its deadline, and a late answer is ignored", async () => {
  const { time, session, client } = await open();
  const unanswered = assert.rejects(client.request("leaveRequest", {}), { name: "DeadlineError" });
  for (let ms = 0; ms < REQUEST_DEADLINE_MS; ms += 1_000) {
    await time.advance(1_000);
    session.reply(encode(0, { case: "participantLeft", value: { participantId: "q" } }));
  }
  await unanswered;
  session.reply(encode(1, { case: "acknowledgement", value: {} }));
  await settled();
  await client[Symbol.asyncDispose]();
  assert.equal(time.timers, 0);
});

Deno.test("requests beyond the bound are refused here", async () => {
  const { client } = await open();
  const pending = Array.from(
    { length: MAX_PENDING_REQUESTS },
    () => assert.rejects(client.request("leaveRequest", {}), { name: "SignalingLostError" }),
  );
  await assert.rejects(client.request("leaveRequest", {}), { code: ErrorCode.RATE_LIMITED });
  await client[Symbol.asyncDispose]();
  await Promise.all(pending);
});

Deno.test("a session that the server closes is lost with the close code", async () => {
  const { session, client } = await open();
  const pending = assert.rejects(client.request("leaveRequest", {}), { closeCode: 6 });
  session.end({ closeCode: 6, reason: "meeting ended" });
  await pending;
  assert.equal((await client.lost).closeCode, 6);
  await assert.rejects(client.request("leaveRequest", {}), { name: "SignalingLostError" });
});

Deno.test("a stream that ends alone is lost after waiting for a close code", async () => {
  const { time, session, client } = await open();
  session.replyBytes(Uint8Array.of(0, 0, 0, 0));
  await time.advance(1_000);
  const lost = await client.lost;
  assert.equal(lost.reason, "protocol");
  assert.equal(lost.closeCode, undefined);
  assert.notEqual(session.closedByClient, undefined);
});

Deno.test("an answer of the wrong kind ends the session", async () => {
  const { time, session, client } = await open();
  const pending = assert.rejects(client.request("joinRequest", {}), {
    name: "SignalingLostError",
    reason: "protocol",
  });
  session.reply(encode(1, { case: "pong", value: {} }));
  await time.advance(1_000);
  await pending;
});

Deno.test("a controller that goes silent is lost after three seconds", async () => {
  const { time, client, sent } = await open();
  await time.advance(3_000);
  assert.equal((await client.lost).reason, "connection-lost");
  assert.deepEqual(sent().map(({ message }) => message.case), ["ping"]);
});

Deno.test("a failed connection is lost without a close code", async () => {
  const { session, client } = await open();
  session.fail(new Error("idle timeout"));
  const lost = await client.lost;
  assert.equal(lost.closeCode, undefined);
});

Deno.test("an aborted request rejects with the reason and leaves the session alone", async () => {
  const { session, client } = await open();
  const abort = new AbortController();
  const given = client.request("leaveRequest", {}, { signal: abort.signal });
  abort.abort(new Error("never mind"));
  await assert.rejects(given, /never mind/);
  session.reply(encode(1, { case: "acknowledgement", value: {} }));
  const next = client.request("leaveRequest", {});
  session.reply(encode(2, { case: "acknowledgement", value: {} }));
  await next;
  await client[Symbol.asyncDispose]();
});
