import { readUnsigned64, writeUnsigned64 } from "../media_frame/unsigned64.ts";

/** First byte of an arrival report. */
export const ARRIVAL_REPORT_TYPE = 0x02;
/** How often a receiver reports while media arrives, milliseconds. */
export const REPORT_INTERVAL_MS = 100;
/**
 * How often it may report once nothing has been unusual for a while: each report costs its taker as
 * much as forwarding a frame.
 */
export const CALM_REPORT_INTERVAL_MS = 250;
/** How often it reports while what arrives queues on the way, milliseconds. */
export const URGENT_REPORT_INTERVAL_MS = 33;
/**
 * How long a report that is due may wait for more to arrive, milliseconds: one that leaves together
 * with QUIC's own acknowledgement for what has just arrived saves both sides a packet. Longer than a
 * frame at 30 a second.
 */
export const REPORT_GRACE_MS = 40;
/** A transit this much above its recent minimum means a queue on the way, milliseconds. */
export const QUEUE_TRANSIT_MS = 40;
/** Most arrival points of one stream in one report; the oldest are left out. */
export const MAX_ARRIVAL_POINTS = 15;
/** Longest report, bytes: what every path carries in one datagram. */
export const MAX_ARRIVAL_REPORT_LENGTH = 1_100;

/** Bytes before the first stream. */
export const ARRIVAL_REPORT_PREFIX_LENGTH = 19;
/** Unit of the promised interval, milliseconds. */
const PROMISE_UNIT_MS = 10;
const MAX_PROMISE = 255;
const ENTRY_LENGTH = 13;
const POINT_LENGTH = 8;
const MAX_UINT32 = 0xffff_ffff;

/** When a stream had arrived up to a certain byte. */
export interface ArrivalPoint {
  /** Bytes received since the start of the stream, its header included. */
  readonly receivedBytes: number;
  /** The receiver's clock, ticks of 100 µs modulo 2^32 (`toTicks`). */
  readonly arrivedAtTicks: number;
}

/** How much of one unidirectional stream has arrived. Cumulative: a lost report does no harm. */
export interface StreamArrivals {
  /** From the stream's header. */
  readonly deliveryNumber: number;
  /** Bytes received since the start of the stream, its header included. */
  readonly receivedBytes: number;
  /** The ends of frames that arrived since the last report, oldest first. */
  readonly points: readonly ArrivalPoint[];
}

/** What has arrived of the numbered media datagrams of a session. */
export interface DatagramArrivals {
  /** One more than the highest number that arrived; 0 before the first. */
  readonly expected: number;
  /** How many arrived in order; what came after a later one counts as lost. */
  readonly received: number;
  /**
   * Shortest transit since the last report: arrival on the receiver's clock minus sending on the
   * sender's, ticks modulo 2^32. Of no meaning while `received` stands.
   */
  readonly lowestTransitTicks: number;
  /** Transit of the one that arrived last, likewise. */
  readonly latestTransitTicks: number;
}

/** What one end of a media session tells the other of what has arrived. */
export interface ArrivalReport {
  /**
   * While anything arrives the next report follows within this time, plus
   * {@link REPORT_GRACE_MS}; milliseconds, in steps of 10 up to 2,550.
   */
  readonly nextWithinMs: number;
  readonly datagrams: DatagramArrivals;
  readonly streams: readonly StreamArrivals[];
}

/** Bytes from outside that are no arrival report. */
export class ArrivalReportError extends Error {
  override readonly name = "ArrivalReportError";
}

/**
 * Encodes `report` into as few datagrams of at most 1,100 bytes as possible, at least one.
 *
 * @throws {RangeError} when a number does not fit.
 */
export function encodeArrivalReport(report: ArrivalReport): Uint8Array<ArrayBuffer>[] {
  const datagrams: Uint8Array<ArrayBuffer>[] = [];
  let part: StreamArrivals[] = [];
  let length = ARRIVAL_REPORT_PREFIX_LENGTH;
  for (const stream of report.streams) {
    const entryLength = ENTRY_LENGTH + pointsOf(stream).length * POINT_LENGTH;
    if (length + entryLength > MAX_ARRIVAL_REPORT_LENGTH) {
      datagrams.push(encodePart(report, part, length));
      part = [];
      length = ARRIVAL_REPORT_PREFIX_LENGTH;
    }
    part.push(stream);
    length += entryLength;
  }
  if (part.length > 0 || datagrams.length === 0) {
    datagrams.push(encodePart(report, part, length));
  }
  return datagrams;
}

/**
 * Reads an arrival report.
 *
 * @throws {ArrivalReportError} when the bytes are none.
 */
export function readArrivalReport(bytes: Uint8Array): ArrivalReport {
  if (bytes.length < ARRIVAL_REPORT_PREFIX_LENGTH || bytes[0] !== ARRIVAL_REPORT_TYPE) {
    throw new ArrivalReportError("not an arrival report");
  }
  if (bytes.length > MAX_ARRIVAL_REPORT_LENGTH) throw new ArrivalReportError("oversize");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const streams: StreamArrivals[] = [];
  let offset = ARRIVAL_REPORT_PREFIX_LENGTH;
  for (let index = 0; index < bytes[1]!; index++) {
    const stream = readStream(view, offset);
    offset += ENTRY_LENGTH + stream.points.length * POINT_LENGTH;
    streams.push(stream);
  }
  if (offset !== bytes.length) throw new ArrivalReportError(`${bytes.length - offset} bytes more`);
  return {
    nextWithinMs: view.getUint8(18) * PROMISE_UNIT_MS,
    datagrams: {
      expected: view.getUint32(2),
      received: view.getUint32(6),
      lowestTransitTicks: view.getUint32(10),
      latestTransitTicks: view.getUint32(14),
    },
    streams,
  };
}

function promiseOf(nextWithinMs: number): number {
  const promise = Math.ceil(nextWithinMs / PROMISE_UNIT_MS);
  if (!(promise >= 0 && promise <= MAX_PROMISE)) throw new RangeError(`${nextWithinMs} ms`);
  return promise;
}

function pointsOf({ points }: StreamArrivals): readonly ArrivalPoint[] {
  return points.length <= MAX_ARRIVAL_POINTS ? points : points.slice(-MAX_ARRIVAL_POINTS);
}

function encodePart(
  { datagrams, nextWithinMs }: ArrivalReport,
  streams: readonly StreamArrivals[],
  length: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes[0] = ARRIVAL_REPORT_TYPE;
  bytes[1] = streams.length;
  writeUint32(view, 2, datagrams.expected);
  writeUint32(view, 6, datagrams.received);
  writeUint32(view, 10, datagrams.lowestTransitTicks);
  writeUint32(view, 14, datagrams.latestTransitTicks);
  view.setUint8(18, promiseOf(nextWithinMs));
  let offset = ARRIVAL_REPORT_PREFIX_LENGTH;
  for (const stream of streams) {
    const points = pointsOf(stream);
    writeUint32(view, offset, stream.deliveryNumber);
    writeUnsigned64(stream.receivedBytes, view, offset + 4);
    view.setUint8(offset + 12, points.length);
    offset += ENTRY_LENGTH;
    for (const { receivedBytes, arrivedAtTicks } of points) {
      writeUint32(view, offset, stream.receivedBytes - receivedBytes);
      writeUint32(view, offset + 4, arrivedAtTicks);
      offset += POINT_LENGTH;
    }
  }
  return bytes;
}

function readStream(view: DataView, offset: number): StreamArrivals {
  if (offset + ENTRY_LENGTH > view.byteLength) throw new ArrivalReportError("truncated");
  const count = view.getUint8(offset + 12);
  if (count > MAX_ARRIVAL_POINTS) throw new ArrivalReportError(`${count} points`);
  const end = offset + ENTRY_LENGTH + count * POINT_LENGTH;
  if (end > view.byteLength) throw new ArrivalReportError("truncated");
  const receivedBytes = readCount(view, offset + 4);
  const points: ArrivalPoint[] = [];
  let before = 0;
  for (let at = offset + ENTRY_LENGTH; at < end; at += POINT_LENGTH) {
    const reached = receivedBytes - view.getUint32(at);
    if (reached < before) throw new ArrivalReportError("points out of order");
    before = reached;
    points.push({ receivedBytes: reached, arrivedAtTicks: view.getUint32(at + 4) });
  }
  return { deliveryNumber: view.getUint32(offset), receivedBytes, points };
}

function readCount(view: DataView, offset: number): number {
  try {
    return readUnsigned64(view, offset);
  } catch (error) {
    throw new ArrivalReportError((error as RangeError).message);
  }
}

function writeUint32(view: DataView, offset: number, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > MAX_UINT32) {
    throw new RangeError(`${value} is no unsigned 32-bit integer`);
  }
  view.setUint32(offset, value);
}
