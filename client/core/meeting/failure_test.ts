import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { SignalingError, SignalingLostError } from "../signaling/signaling_error.ts";
import { ConnectError } from "../transport/connect.ts";
import { CloseCode } from "../transport/webtransport_session.ts";
import { JOIN_LIMIT_MS, judgeFailure, REFUSAL_LIMIT_MS, UNAUTHORIZED_LIMIT_MS } from "./failure.ts";
import { MeetingError } from "./meeting_state.ts";

function judged(error: unknown) {
  const { failure, retryForMs } = judgeFailure(error);
  return [failure.reason, retryForMs];
}

function closed(closeCode: number) {
  return new SignalingLostError("closed", "", closeCode);
}

function refused(code: ErrorCode) {
  return new SignalingError({ code, message: "", details: {} });
}

Deno.test("what the server means for good is not tried again", () => {
  assert.deepEqual(judged(closed(CloseCode.meetingEnded)), ["meeting-ended", 0]);
  assert.deepEqual(judged(closed(CloseCode.removed)), ["removed", 0]);
  assert.deepEqual(judged(closed(CloseCode.superseded)), ["superseded", 0]);
  assert.deepEqual(judged(refused(ErrorCode.FORBIDDEN)), ["not-allowed", 0]);
  assert.deepEqual(judged(refused(ErrorCode.INVALID_REQUEST)), ["protocol", 0]);
  assert.deepEqual(judged(new MeetingError("meeting-not-found", "")), ["meeting-not-found", 0]);
});

Deno.test("what may pass is tried again for a while", () => {
  assert.deepEqual(judged(refused(ErrorCode.CAPACITY_EXCEEDED)), [
    "meeting-full",
    REFUSAL_LIMIT_MS,
  ]);
  assert.deepEqual(judged(refused(ErrorCode.NOT_FOUND)), ["meeting-not-found", REFUSAL_LIMIT_MS]);
  assert.deepEqual(judged(refused(ErrorCode.UNAUTHORIZED)), [
    "not-allowed",
    UNAUTHORIZED_LIMIT_MS,
  ]);
  assert.deepEqual(judged(closed(CloseCode.unauthorized)), ["not-allowed", UNAUTHORIZED_LIMIT_MS]);
});

Deno.test("everything else is the network's fault", () => {
  for (
    const error of [
      closed(CloseCode.goingAway),
      closed(CloseCode.tooSlow),
      new SignalingLostError("connection-lost", ""),
      new ConnectError(""),
      new TypeError("fetch failed"),
      "anything",
    ]
  ) assert.deepEqual(judged(error), ["unreachable", JOIN_LIMIT_MS]);
});
