import { MAX_REFERENCE_DISTANCE } from "../../../proto/media_frame/frame_header.ts";

/** What of an encoded frame says what it depends on. */
export interface TemporalFrame {
  readonly keyFrame: boolean;
  readonly temporalLayer: number;
}

/** An encoded frame; without a sequence number when it was not sent. */
interface EncodedReference {
  readonly order: number;
  readonly sequence: number | undefined;
}

/**
 * Finds which earlier frame of its layer each frame depends on: the newest of a lower temporal layer,
 * or for the base layer the newest of that (L1T2 and L1T3, WebRTC scalability modes). Remembers
 * which were sent, since a frame whose reference was left out can be decoded by nobody. Pure.
 */
export class TemporalReferences {
  /** The newest encoded frame of each temporal layer. */
  #newest: EncodedReference[] = [];
  #order = 0;

  /**
   * How far back `sequence`'s reference lies; 0 for a key frame. Undefined when that was not sent, so
   * that this one must not be either.
   */
  distance({ keyFrame, temporalLayer }: TemporalFrame, sequence: number): number | undefined {
    if (keyFrame) return 0;
    const reference = this.#referenceOf(temporalLayer);
    if (reference?.sequence === undefined) return undefined;
    const distance = sequence - reference.sequence;
    return distance <= MAX_REFERENCE_DISTANCE ? distance : undefined;
  }

  /** The next frame from the encoder was sent under `sequence`, or left out (undefined). */
  record({ keyFrame, temporalLayer }: TemporalFrame, sequence: number | undefined): void {
    if (keyFrame) this.#newest = [];
    this.#newest[temporalLayer] = { order: this.#order++, sequence };
  }

  #referenceOf(temporalLayer: number): EncodedReference | undefined {
    let newest = this.#newest[0];
    for (let layer = 1; layer < temporalLayer; layer++) {
      const candidate = this.#newest[layer];
      if (candidate === undefined) continue;
      if (newest === undefined || candidate.order > newest.order) newest = candidate;
    }
    return newest;
  }
}
