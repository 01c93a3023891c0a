import { doesNotThrow, throws } from "node:assert/strict";
import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import { StreamKind } from "../../../proto/media_stream/stream_header.ts";
import { makeFrame } from "../testing/frames.ts";
import { FrameRefused, FrameValidator } from "./frame_validator.ts";

const streamId = "7f1b0c4e-0d53-4f5e-9a53-0a4c5c3d2e1f";
const stream = { kind: StreamKind.publish, spatialLayer: 1, deliveryNumber: 1, streamId } as const;
const header = (sketch: Partial<Parameters<typeof makeFrame>[0]>) =>
  makeFrame({ streamId, sequence: 0, spatialLayer: 1, ...sketch }).header;

Deno.test("frames with rising sequence numbers pass, with gaps too", () => {
  const validator = new FrameValidator(stream, false);
  for (const sequence of [0, 1, 5]) doesNotThrow(() => validator.check(header({ sequence })));
});

Deno.test("a repeated or falling sequence number is refused", () => {
  const validator = new FrameValidator(stream, false);
  validator.check(header({ sequence: 3 }));
  throws(() => validator.check(header({ sequence: 3 })), FrameRefused);
  throws(() => validator.check(header({ sequence: 2 })), FrameRefused);
});

Deno.test("a frame of another stream, layer or kind is refused", () => {
  const validator = new FrameValidator(stream, false);
  const others = [
    { streamId: crypto.randomUUID() },
    { spatialLayer: 0 },
    { type: FrameType.audio },
  ];
  for (const sketch of others) throws(() => validator.check(header(sketch)), FrameRefused);
  throws(() => new FrameValidator(stream, true).check(header({})), FrameRefused);
});

Deno.test("only a delta frame refers to another one, and to none before the first", () => {
  const check = (sketch: Parameters<typeof header>[0]) =>
    new FrameValidator(stream, false).check(header(sketch));
  doesNotThrow(() => check({ sequence: 4, referenceDistance: 4 }));
  throws(() => check({ sequence: 4, referenceDistance: 5 }), FrameRefused);
  const { videoKey } = FrameType;
  throws(() => check({ sequence: 4, type: videoKey, referenceDistance: 1 }), FrameRefused);
});
