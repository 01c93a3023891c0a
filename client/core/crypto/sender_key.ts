import { UUID_LENGTH, writeUuid } from "../../../proto/media_frame/uuid.ts";
import { concatenate, equalBytes, label } from "./byte_string.ts";
import { hkdf } from "./hkdf.ts";
import { deriveSFrameKey, type SFrameKey } from "./sframe/cipher_suite.ts";

/** Length of a base key, bytes. */
export const BASE_KEY_LENGTH = 32;
/** Bits of a KID that hold the ratchet step. */
const STEP_BITS = 4;
/**
 * Last ratchet step of a generation. The KID has room for no more, and a KID must never name two
 * keys, so that a further joiner gets a new generation.
 */
export const MAX_RATCHET_STEP = 2 ** STEP_BITS - 1;
/** Last generation, so that a KID stays far below 2^53. */
export const MAX_GENERATION = 0xffff_ffff;

const RATCHET_LABEL = label("SFrame 1.0 Ratchet");
const TRACK_LABEL = label("DT/1 track");
const MESSAGE_LABEL = label("DT/1 message");

/** The KID of a generation and ratchet step (RFC 9605, section 5.1). */
export function kidOf(generation: number, step: number): number {
  return generation * 2 ** STEP_BITS + step;
}

/** The generation and ratchet step that a KID names. */
export function readKid(kid: number): { readonly generation: number; readonly step: number } {
  return { generation: Math.floor(kid / 2 ** STEP_BITS), step: kid % 2 ** STEP_BITS };
}

/** A participant's secret for one generation and ratchet step, from which its frame keys come. */
export class SenderKey {
  readonly #baseKey: Uint8Array<ArrayBuffer>;
  readonly #sender: Uint8Array<ArrayBuffer>;
  #destroyed = false;

  /** @param baseKey 32 bytes; the sender key owns them from here on. */
  constructor(
    readonly senderId: string,
    readonly generation: number,
    readonly step: number,
    baseKey: Uint8Array<ArrayBuffer>,
  ) {
    if (baseKey.length !== BASE_KEY_LENGTH) throw new RangeError("base key length");
    this.#baseKey = baseKey;
    this.#sender = new Uint8Array(UUID_LENGTH);
    writeUuid(senderId, this.#sender, 0);
  }

  /** A fresh random key that opens a generation. */
  static generate(senderId: string, generation: number): SenderKey {
    if (generation > MAX_GENERATION) throw new RangeError("no generation is left");
    const baseKey = crypto.getRandomValues(new Uint8Array(BASE_KEY_LENGTH));
    return new SenderKey(senderId, generation, 0, baseKey);
  }

  get kid(): number {
    return kidOf(this.generation, this.step);
  }

  /** A copy of the secret, to be wrapped for a recipient and then overwritten. */
  exportBaseKey(): Uint8Array<ArrayBuffer> {
    this.#requireAlive();
    return this.#baseKey.slice();
  }

  /** The next step. Whoever has this key can take it; nobody can go back (RFC 9605, section 5.1). */
  async ratchet(): Promise<SenderKey> {
    this.#requireAlive();
    if (this.step >= MAX_RATCHET_STEP) throw new RangeError("no ratchet step is left");
    const baseKey = await hkdf(this.#baseKey, RATCHET_LABEL, BASE_KEY_LENGTH);
    return new SenderKey(this.senderId, this.generation, this.step + 1, baseKey);
  }

  /** The frame key of one track and spatial layer, so that no two encoders share a nonce space. */
  async deriveFrameKey(streamId: string, spatialLayer: number): Promise<SFrameKey> {
    this.#requireAlive();
    const track = new Uint8Array(UUID_LENGTH + 1);
    writeUuid(streamId, track, 0);
    track[UUID_LENGTH] = spatialLayer;
    const info = concatenate(TRACK_LABEL, this.#sender, track);
    const trackKey = await hkdf(this.#baseKey, info, BASE_KEY_LENGTH);
    const frameKey = await deriveSFrameKey(trackKey, this.kid);
    trackKey.fill(0);
    return frameKey;
  }

  /** The frame key of what the sender says: not that of any track. */
  async deriveMessageKey(): Promise<SFrameKey> {
    this.#requireAlive();
    const secret = await hkdf(
      this.#baseKey,
      concatenate(MESSAGE_LABEL, this.#sender),
      BASE_KEY_LENGTH,
    );
    const frameKey = await deriveSFrameKey(secret, this.kid);
    secret.fill(0);
    return frameKey;
  }

  /** True when both name the same KID and hold the same secret. */
  equals(other: SenderKey): boolean {
    return this.kid === other.kid && equalBytes(this.#baseKey, other.#baseKey);
  }

  /** Overwrites the secret. Frame keys already derived stay usable. */
  destroy(): void {
    this.#destroyed = true;
    this.#baseKey.fill(0);
  }

  #requireAlive(): void {
    if (this.#destroyed) throw new Error("this sender key is destroyed");
  }
}
