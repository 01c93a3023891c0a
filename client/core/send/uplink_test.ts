import assert from "node:assert/strict";
import { encodeFrame, FrameType } from "../../../proto/media_frame/frame_header.ts";
import { NO_DATAGRAMS, ScriptedUplink } from "../testing/scripted_uplink.ts";
import { CLOSED_STREAM_MEMORY_MS } from "./uplink.ts";

const STREAM_ID = "11111111-1111-4111-8111-111111111111";

function sound(): Uint8Array {
  return encodeFrame({
    frameType: FrameType.audio,
    streamId: STREAM_ID,
    timestampUs: 0,
    sequence: 0,
    endOfFrame: true,
    discardable: false,
    referenceDistance: 0,
    spatialLayer: 0,
    temporalLayer: 0,
    audioLevel: 30,
    groupNumber: 0,
  }, new Uint8Array(80));
}

function open({ uplink }: ScriptedUplink) {
  return uplink.open({ streamId: STREAM_ID, spatialLayer: 0, sendOrder: 1, onFailed: () => {} });
}

Deno.test("what was written is in flight until it is reported", () => {
  const scripted = new ScriptedUplink();
  const { uplink, time } = scripted;
  const stream = open(scripted);
  stream.write(new Uint8Array(1_000));
  time.nowMs = 40;
  assert.equal(uplink.bytesInFlight, 1_024);
  assert.equal(uplink.oldestAgeMs(), 40);
  scripted.report([{ deliveryNumber: 1, receivedBytes: 1_024 }]);
  assert.equal(uplink.bytesInFlight, 0);
  assert.equal(uplink.oldestAgeMs(), 0);
});

Deno.test("a report of more than was sent is a fault of the peer and counts for nothing", () => {
  const scripted = new ScriptedUplink();
  open(scripted);
  scripted.report([{ deliveryNumber: 1, receivedBytes: 9_999 }]);
  assert.equal(scripted.uplink.bytesInFlight, 24);
});

Deno.test("sound is unreported until a report counts further datagrams", () => {
  const scripted = new ScriptedUplink();
  const { uplink, time } = scripted;
  uplink.sendAudio(STREAM_ID, sound());
  time.nowMs = 100;
  scripted.report([]);
  assert.equal(uplink.oldestAgeMs(), 100);
  scripted.report([], { ...NO_DATAGRAMS, expected: 1, received: 1 });
  assert.equal(uplink.oldestAgeMs(), 0);
});

Deno.test("a closed stream counts until it is reported, or for a while", () => {
  const scripted = new ScriptedUplink();
  const { uplink, time } = scripted;
  uplink.close(open(scripted));
  uplink.update(0);
  assert.equal(uplink.bytesInFlight, 24);
  time.nowMs = CLOSED_STREAM_MEMORY_MS;
  uplink.update(0);
  assert.equal(uplink.bytesInFlight, 0);
});

Deno.test("a question is a few bytes that have to be reported", () => {
  const scripted = new ScriptedUplink();
  const { uplink, time } = scripted;
  uplink.ask();
  time.nowMs = 700;
  assert.equal(uplink.oldestAgeMs(), 700);
  assert.ok(uplink.bytesInFlight < 100);
});
