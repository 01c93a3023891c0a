import assert from "node:assert/strict";
import { InFlightWindow } from "../../../proto/media_stream/in_flight_window.ts";
import {
  AUDIO_SEND_POLICY,
  INITIAL_RTT_MS,
  SendGate,
  STALL_PROBE_MS,
  VIDEO_SEND_POLICY,
} from "./send_gate.ts";

const FRAME_BYTES = 1_000;

/** A video gate whose window knows a round trip of 40 ms and has nothing in flight at 40 ms. */
function openVideo() {
  const window = new InFlightWindow();
  const gate = new SendGate(VIDEO_SEND_POLICY, window);
  const send = (keyFrame: boolean, nowMs: number) => {
    const admitted = gate.admit(keyFrame, nowMs);
    if (admitted) window.sent(FRAME_BYTES, nowMs);
    return admitted;
  };
  assert.equal(send(true, 0), true);
  window.acknowledge(FRAME_BYTES, 40);
  return { window, gate, send };
}

Deno.test("video begins with a key frame", () => {
  const gate = new SendGate(VIDEO_SEND_POLICY, new InFlightWindow());
  assert.equal(gate.needsKeyFrame, true);
  assert.equal(gate.admit(false, 0), false);
  assert.equal(gate.admit(true, 0), true);
  assert.equal(gate.needsKeyFrame, false);
  assert.equal(gate.admit(false, 0), true);
});

Deno.test("video stops when a frame is too old, and goes on drained with a key frame", () => {
  const { window, gate, send } = openVideo();
  assert.equal(send(false, 100), true);
  assert.equal(send(false, 100 + 40 + 250), true);
  assert.equal(send(false, 100 + 40 + 251), false);
  assert.equal(gate.congested, true);
  window.acknowledge(2 * FRAME_BYTES, 400);
  assert.equal(gate.acknowledged(), false);
  assert.equal(send(true, 401), false);
  window.acknowledge(3 * FRAME_BYTES, 402);
  assert.equal(gate.acknowledged(), true);
  assert.equal(gate.congested, false);
  assert.equal(send(false, 403), false);
  assert.equal(send(true, 404), true);
});

Deno.test("video stops when too many bytes are in flight, however young", () => {
  const window = new InFlightWindow();
  const gate = new SendGate(VIDEO_SEND_POLICY, window);
  assert.equal(gate.admit(true, 0), true);
  window.sent(VIDEO_SEND_POLICY.bytesLimit + 1, 0);
  assert.equal(gate.admit(false, 0), false);
  assert.equal(gate.congested, true);
});

Deno.test("before the first acknowledgement a long round trip is no congestion", () => {
  const window = new InFlightWindow();
  const gate = new SendGate(VIDEO_SEND_POLICY, window);
  gate.admit(true, 0);
  window.sent(FRAME_BYTES, 0);
  assert.equal(gate.admit(false, INITIAL_RTT_MS + VIDEO_SEND_POLICY.ageLimitMs), true);
  assert.equal(gate.admit(false, INITIAL_RTT_MS + VIDEO_SEND_POLICY.ageLimitMs + 1), false);
});

Deno.test("a lost last acknowledgement does not stop a stream for ever", () => {
  const { gate, send } = openVideo();
  send(false, 100);
  assert.equal(send(false, 1_000), false);
  assert.equal(send(true, 1_000 + STALL_PROBE_MS - 1), false);
  assert.equal(send(true, 1_000 + STALL_PROBE_MS), true);
  assert.equal(gate.congested, false);
});

Deno.test("audio needs no key frame, and drops while over its bound", () => {
  const window = new InFlightWindow();
  const gate = new SendGate(AUDIO_SEND_POLICY, window);
  assert.equal(gate.admit(true, 0), true);
  window.sent(AUDIO_SEND_POLICY.bytesLimit + 1, 0);
  assert.equal(gate.admit(true, 1), false);
  window.acknowledge(AUDIO_SEND_POLICY.bytesLimit + 1, 2);
  assert.equal(gate.acknowledged(), true);
  assert.equal(gate.admit(true, 3), true);
});

Deno.test("a frame lost before the wire makes video wait for a key frame", () => {
  const { gate, send } = openVideo();
  gate.broken();
  assert.equal(send(false, 50), false);
  assert.equal(send(true, 51), true);
  const audio = new SendGate(AUDIO_SEND_POLICY, new InFlightWindow());
  audio.broken();
  assert.equal(audio.admit(true, 0), true);
});
