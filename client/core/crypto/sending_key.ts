import { EncryptionError } from "./encryption_error.ts";
import { FrameCounter } from "./frame_counter.ts";
import type { CounterLease } from "./frame_encryptor.ts";
import type { SenderKey } from "./sender_key.ts";
import { type TrackKey, TrackKeys } from "./track_keys.ts";

/** An own sender key and the counters used under it. */
export class SendingKey {
  readonly #tracks: TrackKeys<FrameCounter>;
  #messages: TrackKey<FrameCounter> | undefined;

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

  /**
   * The frame key of what is said, with a counter that nothing else gets.
   *
   * @throws {EncryptionError} "counter-exhausted".
   */
  leaseMessage(): CounterLease {
    this.#messages ??= {
      frameKey: this.senderKey.deriveMessageKey(),
      state: new FrameCounter(),
    };
    const { frameKey, state } = this.#messages;
    frameKey.catch(() => undefined); // Whoever uses it sees the failure; nobody may.
    return { kid: this.senderKey.kid, counter: state.take(), frameKey };
  }
}
