import { readUnsigned64, writeUnsigned64 } from "../media_frame/unsigned64.ts";

/** First byte of an acknowledgement datagram. */
export const ACKNOWLEDGEMENT_TYPE = 0x01;
/** Bytes of one entry. */
const ENTRY_LENGTH = 12;
const PREFIX_LENGTH = 2;
/** Most entries in one datagram, so that it stays within 1,100 bytes. */
export const MAX_ACKNOWLEDGEMENT_ENTRIES = 91;
/** How often a receiver acknowledges streams that moved, milliseconds. */
export const ACKNOWLEDGEMENT_INTERVAL_MS = 100;

/** How much of one unidirectional stream has arrived. Cumulative, so a lost one does no harm. */
export interface AcknowledgementEntry {
  /** From the stream's header. */
  readonly deliveryNumber: number;
  /** Bytes received since the start of the stream, its header included. */
  readonly receivedBytes: number;
}

/** A datagram from outside that is no acknowledgement. */
export class AcknowledgementError extends Error {
  override readonly name = "AcknowledgementError";
}

/**
 * Encodes `entries` into as few datagrams of at most 1,100 bytes as possible.
 *
 * @throws {RangeError} when a number does not fit.
 */
export function encodeAcknowledgements(
  entries: readonly AcknowledgementEntry[],
): Uint8Array<ArrayBuffer>[] {
  const datagrams: Uint8Array<ArrayBuffer>[] = [];
  for (let start = 0; start < entries.length; start += MAX_ACKNOWLEDGEMENT_ENTRIES) {
    const part = entries.slice(start, start + MAX_ACKNOWLEDGEMENT_ENTRIES);
    const bytes = new Uint8Array(PREFIX_LENGTH + part.length * ENTRY_LENGTH);
    const view = new DataView(bytes.buffer);
    bytes[0] = ACKNOWLEDGEMENT_TYPE;
    bytes[1] = part.length;
    part.forEach(({ deliveryNumber, receivedBytes }, index) => {
      const offset = PREFIX_LENGTH + index * ENTRY_LENGTH;
      if (
        !(Number.isInteger(deliveryNumber) && deliveryNumber >= 0 && deliveryNumber <= 0xffff_ffff)
      ) {
        throw new RangeError(`delivery number ${deliveryNumber}`);
      }
      view.setUint32(offset, deliveryNumber);
      writeUnsigned64(receivedBytes, view, offset + 4);
    });
    datagrams.push(bytes);
  }
  return datagrams;
}

/**
 * Reads an acknowledgement datagram.
 *
 * @throws {AcknowledgementError} when the bytes are none.
 */
export function readAcknowledgements(bytes: Uint8Array): AcknowledgementEntry[] {
  if (bytes.length < PREFIX_LENGTH || bytes[0] !== ACKNOWLEDGEMENT_TYPE) {
    throw new AcknowledgementError("not an acknowledgement");
  }
  const count = bytes[1]!;
  if (
    count === 0 || count > MAX_ACKNOWLEDGEMENT_ENTRIES ||
    bytes.length !== PREFIX_LENGTH + count * ENTRY_LENGTH
  ) {
    throw new AcknowledgementError(`${count} entries in ${bytes.length} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries: AcknowledgementEntry[] = [];
  for (let index = 0; index < count; index++) {
    const offset = PREFIX_LENGTH + index * ENTRY_LENGTH;
    try {
      entries.push({
        deliveryNumber: view.getUint32(offset),
        receivedBytes: readUnsigned64(view, offset + 4),
      });
    } catch (error) {
      throw new AcknowledgementError((error as RangeError).message);
    }
  }
  return entries;
}
