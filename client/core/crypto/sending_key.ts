import { EncryptionError } from "./encryption_error.ts";
import { FrameCounter } from "./frame_counter.ts";
import type { CounterLease } from "./frame_encryptor.ts";
import type { SenderKey } from "./sender_key.ts";
import { TrackKeys } from "./track_keys.ts";

/** An own sender key and the counters used under it. */
export class SendingKey {
  readonly #tracks: TrackKeys<FrameCounter>;

  constructor(readonly senderKey: SenderKey) {
    this.#tracks = new TrackKeys(
      (streamId, layer) => senderKey.deriveFrameKey(streamId, layer),
      () => new FrameCounter(),
    );
  }

  /**
   * The frame key of a track with a counter that nobody else gets.
   *
   * @throws {EncryptionError} "too-many-tracks" or "counter-exhausted".
   */
  lease(streamId: string, spatialLayer: number): CounterLease {
    const track = this.#tracks.get(streamId, spatialLayer);
    if (track === undefined) throw new EncryptionError("too-many-tracks");
    return { kid: this.senderKey.kid, counter: track.state.take(), frameKey: track.frameKey };
  }
}
