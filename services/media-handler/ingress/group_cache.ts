import { FrameType } from "../../../proto/media_frame/frame_header.ts";
import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import { MAX_CACHED_GROUP_BYTES, MAX_CACHED_GROUP_FRAMES } from "../limits.ts";

/**
 * The newest group of pictures of one layer, from its key frame on, so that a new subscriber sees a
 * picture at once. A group that outgrows its bounds is forgotten until the next key frame.
 */
export class GroupCache {
  #frames: Frame[] = [];
  #bytes = 0;
  #keyFrameAtMs = -Infinity;

  /** Bytes held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes the next frame of the layer, which arrived at `nowMs`. */
  add(frame: Frame, nowMs: number): void {
    if (frame.header.frameType === FrameType.videoKey) {
      this.clear();
      this.#keyFrameAtMs = nowMs;
    } else if (this.#frames.length === 0) {
      return;
    }
    if (
      this.#bytes + frame.bytes.length > MAX_CACHED_GROUP_BYTES ||
      this.#frames.length === MAX_CACHED_GROUP_FRAMES
    ) {
      this.clear();
      return;
    }
    this.#frames.push(frame);
    this.#bytes += frame.bytes.length;
  }

  /** Forgets the group. */
  clear(): void {
    this.#frames = [];
    this.#bytes = 0;
  }

  /** The group if its key frame arrived at `sinceMs` or later, else nothing. */
  group(sinceMs: number): readonly Frame[] {
    return this.#keyFrameAtMs >= sinceMs ? this.#frames : [];
  }
}
