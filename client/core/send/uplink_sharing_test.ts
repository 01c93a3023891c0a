import assert from "node:assert/strict";
import type { StreamType } from "../meeting/meeting_state.ts";
import { type SharingStream, USED_PART, VIDEO_OVERHEAD_BPS } from "./uplink_allocation.ts";
import { AUDIO_OVERHEAD_BPS, shareUplink } from "./uplink_sharing.ts";

const NO_LOSS = { lossRatio: 0, lossObservations: 1_000 };
const CAMERA: SharingStream = {
  streamId: "camera",
  screen: false,
  layers: [{
    spatialLayer: 0,
    minBitrateBps: 50_000,
    maxBitrateBps: 2_500_000,
    demandBps: undefined,
    on: true,
  }],
};

function source(type: StreamType, sharing?: SharingStream, active = true) {
  return { description: { type, maxBitrateBps: 40_000 }, active, sharing: () => sharing };
}

function cameraBps(path: { lossRatio: number; lossObservations: number }, microphone = true) {
  const sources = [source("audio", undefined, microphone), source("camera", CAMERA)];
  const { targets } = shareUplink({ ...path, targetBitrateBps: 1_000_000 }, sources);
  return targets.get("camera")![0]!.bitrateBps;
}

Deno.test("pictures get what sound and headers leave of the usable part of the estimate", () => {
  const soundBps = 40_000 + AUDIO_OVERHEAD_BPS;
  assert.equal(cameraBps(NO_LOSS), USED_PART * 1_000_000 - soundBps - VIDEO_OVERHEAD_BPS);
});

Deno.test("sound that is sent twice leaves less", () => {
  const twice = cameraBps({ lossRatio: 0.02, lossObservations: 1_000 });
  assert.equal(cameraBps(NO_LOSS) - twice, 40_000 + AUDIO_OVERHEAD_BPS);
});

Deno.test("a muted microphone takes nothing", () => {
  assert.equal(cameraBps(NO_LOSS, false) - cameraBps(NO_LOSS), 40_000 + AUDIO_OVERHEAD_BPS);
});

Deno.test("what is wanted of the path counts the part that is never used", () => {
  const path = { ...NO_LOSS, targetBitrateBps: 100_000 };
  const { wantedBps } = shareUplink(path, [source("camera", CAMERA)]);
  assert.equal(wantedBps, (2_500_000 + VIDEO_OVERHEAD_BPS) / USED_PART);
});
