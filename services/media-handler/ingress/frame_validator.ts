import { type FrameHeader, FrameType } from "../../../proto/media_frame/frame_header.ts";
import type { StreamHeader } from "../../../proto/media_stream/stream_header.ts";

/** A well-formed frame that does not belong on the stream it came on. */
export class FrameRefused extends Error {
  override readonly name = "FrameRefused";
}

/** Holds each frame of one published stream against what the stream's header promised. */
export class FrameValidator {
  readonly #stream: StreamHeader;
  readonly #audio: boolean;
  #lastSequence = -1;

  /** @param audio whether the meeting controller announced the stream as audio. */
  constructor(stream: StreamHeader, audio: boolean) {
    this.#stream = stream;
    this.#audio = audio;
  }

  /** @throws {FrameRefused} when the publisher may not send this frame here. */
  check(header: FrameHeader): void {
    if (header.streamId !== this.#stream.streamId) {
      throw new FrameRefused(`frame of stream ${header.streamId}`);
    }
    if (header.spatialLayer !== this.#stream.spatialLayer) {
      throw new FrameRefused(`frame of spatial layer ${header.spatialLayer}`);
    }
    if ((header.frameType === FrameType.audio) !== this.#audio) {
      throw new FrameRefused(`frame type ${header.frameType}`);
    }
    checkReference(header);
    // Gaps are no fault: a sender leaves out temporal layers that its path does not carry.
    if (header.sequence <= this.#lastSequence) {
      throw new FrameRefused(`sequence ${header.sequence} after ${this.#lastSequence}`);
    }
    this.#lastSequence = header.sequence;
  }
}

function checkReference({ frameType, sequence, referenceDistance }: FrameHeader): void {
  if (frameType !== FrameType.videoDelta && referenceDistance !== 0) {
    throw new FrameRefused(`reference of a frame of type ${frameType}`);
  }
  if (referenceDistance > sequence) {
    throw new FrameRefused(`reference ${referenceDistance} before the start`);
  }
}
