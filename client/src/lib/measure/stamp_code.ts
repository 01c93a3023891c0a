/** Cells of a stamp in a row. */
export const STAMP_COLUMNS = 14;
/** Rows of cells in a stamp. */
export const STAMP_ROWS = 4;

const TIME_BITS = 24;
const NUMBER_BITS = 16;
const CHECK_BITS = 16;
const TIME_RANGE_MS = 2 ** TIME_BITS;
const NUMBER_RANGE = 2 ** NUMBER_BITS;

/** A stamp older than this when it is read was read wrongly, milliseconds. */
export const OLDEST_STAMP_MS = 120_000;
/** A stamp may lie this far ahead of the reader's clock, milliseconds. */
const CLOCK_TOLERANCE_MS = 1_000;
/** Brightness, of 255, by which the lightest cell has to exceed the darkest. */
const LEAST_CONTRAST = 64;

/** When a picture was painted, and which one it is. */
export interface Stamp {
  /** Wall clock at the painting, whole milliseconds since the Unix epoch. */
  readonly stampMs: number;
  /** Counts the painted pictures, modulo 65,536. */
  readonly frameNumber: number;
}

/**
 * The cells of a stamp, row by row, true for white: the time modulo 2^24 ms, the number of the picture,
 * and a CRC-16 over both, each with the highest bit first.
 */
export function encodeStamp({ stampMs, frameNumber }: Stamp): boolean[] {
  const time = modulo(Math.round(stampMs), TIME_RANGE_MS);
  const number = modulo(frameNumber, NUMBER_RANGE);
  const payload = [...bitsOf(time, TIME_BITS), ...bitsOf(number, NUMBER_BITS)];
  return [...payload, ...bitsOf(crc16(payload), CHECK_BITS)];
}

/**
 * Reads the cells of a stamp that was painted within {@link OLDEST_STAMP_MS} before `nowMs`; undefined
 * when they are none.
 */
export function decodeStamp(cells: readonly boolean[], nowMs: number): Stamp | undefined {
  if (cells.length !== STAMP_COLUMNS * STAMP_ROWS) return undefined;
  const payload = cells.slice(0, TIME_BITS + NUMBER_BITS);
  if (valueOf(cells.slice(TIME_BITS + NUMBER_BITS)) !== crc16(payload)) return undefined;
  const latestMs = Math.ceil(nowMs) + CLOCK_TOLERANCE_MS;
  const ageMs = modulo(latestMs - valueOf(payload.slice(0, TIME_BITS)), TIME_RANGE_MS);
  if (ageMs > OLDEST_STAMP_MS + CLOCK_TOLERANCE_MS) return undefined;
  return { stampMs: latestMs - ageMs, frameNumber: valueOf(payload.slice(TIME_BITS)) };
}

/** Tells white cells from black ones by their brightness, 0 to 255; undefined without contrast. */
export function cellsOfBrightness(brightness: readonly number[]): boolean[] | undefined {
  const darkest = Math.min(...brightness);
  const lightest = Math.max(...brightness);
  if (!(lightest - darkest >= LEAST_CONTRAST)) return undefined;
  const threshold = (darkest + lightest) / 2;
  return brightness.map((value) => value > threshold);
}

function bitsOf(value: number, count: number): boolean[] {
  return Array.from({ length: count }, (_, index) => ((value >>> (count - 1 - index)) & 1) === 1);
}

function valueOf(bits: readonly boolean[]): number {
  return bits.reduce((value, bit) => value * 2 + (bit ? 1 : 0), 0);
}

/** CRC-16/IBM-3740 (polynomial 0x1021, begins with 0xFFFF): neither all black nor all white fits. */
function crc16(bits: readonly boolean[]): number {
  let crc = 0xffff;
  for (const bit of bits) {
    const feedback = ((crc >>> 15) === 1) !== bit;
    crc = ((crc << 1) & 0xffff) ^ (feedback ? 0x1021 : 0);
  }
  return crc;
}

function modulo(value: number, range: number): number {
  return ((value % range) + range) % range;
}
