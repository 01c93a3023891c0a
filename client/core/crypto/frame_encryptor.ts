import {
  FRAME_HEADER_LENGTH,
  type FrameHeader,
  writeFrameHeader,
} from "../../../proto/media_frame/frame_header.ts";
import type { FrameMetadata } from "./frame_metadata.ts";
import { InOrder } from "./in_order.ts";
import { sealSFrame, type SFrameKey, sframeObjectLength } from "./sframe/cipher_suite.ts";

/** Encrypts the frames of one own stream and spatial layer. */
export interface FrameEncryptor {
  /**
   * The whole frame, 46-byte header and SFrame object in one buffer. Results come in the order of
   * the calls. The header's stream id and spatial layer must be the encryptor's; `plaintext` must
   * not change before the result is there.
   *
   * @throws {EncryptionError} (as rejection) when no frame may be encrypted.
   * @throws {RangeError} (as rejection) when a header field does not fit.
   */
  encrypt(
    header: Omit<FrameHeader, "payloadLength">,
    plaintext: Uint8Array,
  ): Promise<Uint8Array<ArrayBuffer>>;
}

/** A frame key with a counter that nobody else has or will get. */
export interface CounterLease {
  readonly kid: number;
  readonly counter: number;
  readonly frameKey: Promise<SFrameKey>;
}

/** What an encryptor stands on. */
export interface FrameEncryptorOptions {
  readonly streamId: string;
  readonly spatialLayer: number;
  readonly metadata: FrameMetadata;
  /**
   * Leases the next counter of the key in use.
   *
   * @throws {EncryptionError} when there is none.
   */
  readonly lease: (streamId: string, spatialLayer: number) => CounterLease;
}

/** Encrypts as SFrame, under whatever key is in use at the moment of the call. */
export class SFrameEncryptor implements FrameEncryptor {
  readonly #options: FrameEncryptorOptions;
  readonly #order = new InOrder();

  constructor(options: FrameEncryptorOptions) {
    this.#options = options;
  }

  encrypt(
    header: Omit<FrameHeader, "payloadLength">,
    plaintext: Uint8Array,
  ): Promise<Uint8Array<ArrayBuffer>> {
    return this.#order.add(this.#seal(header, plaintext), (bytes) => bytes);
  }

  async #seal(
    header: Omit<FrameHeader, "payloadLength">,
    plaintext: Uint8Array,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { streamId, spatialLayer, metadata, lease } = this.#options;
    if (header.streamId !== streamId || header.spatialLayer !== spatialLayer) {
      throw new RangeError("the header is that of another stream or layer");
    }
    // No wait up to here: counters follow the order of the calls.
    const { kid, counter, frameKey } = lease(streamId, spatialLayer);
    const payloadLength = sframeObjectLength(kid, counter, plaintext.length);
    const bytes = new Uint8Array(FRAME_HEADER_LENGTH + payloadLength);
    writeFrameHeader({ ...header, payloadLength }, bytes);
    await sealSFrame(
      await frameKey,
      counter,
      metadata.of(bytes),
      plaintext as Uint8Array<ArrayBuffer>,
      bytes,
      FRAME_HEADER_LENGTH,
    );
    return bytes;
  }
}
