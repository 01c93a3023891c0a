import { FRAME_HEADER_LENGTH, FrameOffset } from "../../../proto/media_frame/frame_header.ts";
import { UUID_LENGTH, writeUuid } from "../../../proto/media_frame/uuid.ts";

const PREFIX_LENGTH = 2 * UUID_LENGTH;

/**
 * The SFrame metadata of every frame of one sender in one meeting: meeting ‖ sender ‖ frame header
 * with its payload length set to zero (the length of the ciphertext is authenticated by itself).
 * Thus every cleartext field that a media handler reads is one that it cannot change.
 */
export class FrameMetadata {
  readonly #prefix = new Uint8Array(PREFIX_LENGTH);

  constructor(meetingId: string, senderId: string) {
    writeUuid(meetingId, this.#prefix, 0);
    writeUuid(senderId, this.#prefix, UUID_LENGTH);
  }

  /** @param frame starts with a 46-byte frame header. */
  of(frame: Uint8Array): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(PREFIX_LENGTH + FRAME_HEADER_LENGTH);
    bytes.set(this.#prefix);
    bytes.set(frame.subarray(0, FRAME_HEADER_LENGTH), PREFIX_LENGTH);
    bytes.fill(
      0,
      PREFIX_LENGTH + FrameOffset.payloadLength,
      PREFIX_LENGTH + FrameOffset.flags,
    );
    return bytes;
  }
}
