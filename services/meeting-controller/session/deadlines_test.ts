import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { MeetingStage } from "../testing/meeting_stage.ts";
import type { SignalingClient } from "../testing/signaling_client.ts";
import { MESSAGES_PER_MINUTE } from "./message_rate.ts";
import { MESSAGE_COMPLETION_LIMIT_MS } from "./message_stream.ts";
import { PREPARED_SESSION_LIFETIME_MS } from "./session_state.ts";
import { AUTHENTICATION_LIMIT_MS } from "./session_limits.ts";

/** The close code of a session whose last steps hang on the clock. */
const closeCodeByClock = async (client: SignalingClient, clock: ManualClock) =>
  (await clock.advanceUntil(client.closed)).closeCode;

Deno.test("message 1,001 in a minute is answered RATE_LIMITED and closes with code 10", async () => {
  const clock = new ManualClock();
  await using stage = await MeetingStage.open({ clock });
  const anna = await stage.join("Anna");
  for (let sent = 1; sent < MESSAGES_PER_MINUTE; sent++) await anna.settle();
  assert.equal(await anna.refused({ case: "ping", value: {} }), ErrorCode.RATE_LIMITED);
  assert.equal(await closeCodeByClock(anna, clock), 10);
});

Deno.test("who shows no valid token in 5 s is closed with code 3", async () => {
  const clock = new ManualClock();
  await using stage = await MeetingStage.open({ clock });
  const silent = await stage.connect();
  const pinging = await stage.connect();
  await pinging.settle();
  clock.advance(AUTHENTICATION_LIMIT_MS);
  assert.equal(await closeCodeByClock(silent, clock), 3);
  assert.equal(await closeCodeByClock(pinging, clock), 3);
});

Deno.test("half a message and silence is closed after 5 s, others flow", async () => {
  const clock = new ManualClock();
  await using stage = await MeetingStage.open({ clock });
  const anna = await stage.join("Anna");
  const ben = await stage.join("Ben");
  await ben.settle();
  await ben.sendBytes(new Uint8Array([0, 0]));
  await anna.settle();
  clock.advance(MESSAGE_COMPLETION_LIMIT_MS);
  assert.equal(await closeCodeByClock(ben, clock), 3);
  await anna.settle();
  assert.equal(anna.roster.size, 0);
});

Deno.test("who is prepared and does not join is dropped after its time", async () => {
  const clock = new ManualClock();
  await using stage = await MeetingStage.open({ clock });
  const anna = await stage.connect();
  const prepare = { meetingId: stage.meetingId, joinToken: await stage.token() };
  await anna.request({ case: "prepareRequest", value: prepare }, "prepareResponse");
  clock.advance(PREPARED_SESSION_LIFETIME_MS - 1);
  await anna.settle();
  clock.advance(1);
  assert.equal(await closeCodeByClock(anna, clock), 3);
});
