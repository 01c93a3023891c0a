import {
  CLEAR_PATH,
  DEFAULT_SEED,
  type Direction,
  type DirectionProfile,
  DIRECTIONS,
  type NetworkProfile,
  type PathProfile,
  type ProfileChange,
} from "./network_profile.ts";

/** A text that describes no network; the message is one line that says which word and why. */
export class NetworkProfileError extends Error {
  override readonly name = "NetworkProfileError";
}

/** The text form in a few lines, for a command's help. */
export const NETWORK_PROFILE_GRAMMAR =
  `parts separated by ";", each but the first beginning with a time such as "@10s" or "@500ms";
items of a part separated by ",", each alike for both directions unless "down" or "up" precedes it:
  1.5mbit, 300kbit     rate of the line
  64kB                 queue before the line; what does not fit is dropped
  50ms                 round trip, half each way; after "down" or "up": that way alone
  jitter 30ms          further delay each way, from 0 to this
  2%                   loss                 reorder 1%   packets held back
  blackout             nothing passes       seed 7       of the random decisions
  clear                takes back all that earlier items and parts said
A later part changes only what it names. Example: "5mbit,40ms; @10s 0.5mbit; @20s 5mbit"`;

/** The smallest queue: one packet of a usual path. */
export const MIN_QUEUE_BYTES = 1_500;
const MAX_RATE_BPS = 10_000_000_000;
const MAX_QUEUE_BYTES = 100_000_000;
const MAX_DELAY_MS = 60_000;
const MAX_SCHEDULE_MS = 24 * 60 * 60 * 1_000;
const MAX_SEED = 2 ** 32 - 1;
/** Significant digits of a number in the text form: enough to hide binary fractions. */
const MAX_DIGITS = 12;

const RATE_UNITS: Units = { bit: 1, kbit: 1_000, mbit: 1_000_000, gbit: 1_000_000_000 };
const SIZE_UNITS: Units = { b: 1, kb: 1_000, mb: 1_000_000 };
const TIME_UNITS: Units = { ms: 1, s: 1_000 };
type Units = Readonly<Record<string, number>>;

/**
 * Reads the text form of a network, {@link NETWORK_PROFILE_GRAMMAR}.
 *
 * @throws {NetworkProfileError}
 */
export function parseNetworkProfile(text: string): NetworkProfile {
  let seed: number | undefined;
  let path = CLEAR_PATH;
  const changes = text.split(";").map((part, index): ProfileChange => {
    const { atMs, items } = parseTime(part.trim(), index);
    for (const item of items.split(",").map((item) => item.trim().replace(/\s+/g, " "))) {
      const seedText = /^seed (.*)$/i.exec(item)?.[1];
      if (seedText === undefined) path = applyItem(path, item);
      else if (index > 0) throw new NetworkProfileError(`"${item}" belongs in the first part`);
      else seed = parseSeed(item, seedText);
    }
    return { atMs, path };
  });
  const [first, ...later] = changes as [ProfileChange, ...ProfileChange[]];
  let previousMs = 0;
  for (const { atMs } of later) {
    if (atMs <= previousMs) {
      throw new NetworkProfileError(`"@${atMs}ms" is not after the part before it`);
    }
    previousMs = atMs;
  }
  return { seed: seed ?? DEFAULT_SEED, changes: [first, ...later] };
}

/** Takes the time from the front of a part. */
function parseTime(part: string, index: number): { atMs: number; items: string } {
  const match = /^@\s*(\S+)\s+(.*)$/s.exec(part);
  if (index === 0) {
    if (match) throw new NetworkProfileError(`"${part}" is the first part and takes no time`);
    return { atMs: 0, items: part };
  }
  if (!match) {
    throw new NetworkProfileError(`"${part}" does not say when and what, such as "@10s 1mbit"`);
  }
  const atMs = readAmount(match[1]!, TIME_UNITS);
  if (atMs === undefined || !(atMs > 0 && atMs <= MAX_SCHEDULE_MS)) {
    throw new NetworkProfileError(`"@${match[1]}" is no time from 1ms to 24 hours`);
  }
  return { atMs, items: match[2]! };
}

function applyItem(path: PathProfile, item: string): PathProfile {
  const [, prefix, rest] = /^(?:(down|up) )?(.*)$/i.exec(item)!;
  const only = prefix?.toLowerCase() as Direction | undefined;
  const changed = { ...path };
  for (const direction of only === undefined ? DIRECTIONS : [only]) {
    changed[direction] = applyToDirection(path[direction], rest!, item, only !== undefined);
  }
  return changed;
}

/** @param oneWay a bare delay is this direction's own, not a round trip. */
function applyToDirection(
  profile: DirectionProfile,
  text: string,
  item: string,
  oneWay: boolean,
): DirectionProfile {
  if (/^clear$/i.test(text)) return CLEAR_PATH.down;
  if (/^blackout$/i.test(text)) return { ...profile, blackout: true };
  const [, keyword, amount] = /^(?:(jitter|reorder) )?(.*)$/i.exec(text)!;
  const within = (value: number, minimum: number, maximum: number, bounds: string) => {
    if (value >= minimum && value <= maximum) return value;
    throw new NetworkProfileError(`"${item}" is not ${bounds}`);
  };
  const percent = readAmount(amount!, { "%": 1 });
  const timeMs = readAmount(amount!, TIME_UNITS);
  if (percent !== undefined && !/^jitter$/i.test(keyword ?? "")) {
    const ratio = within(percent, 0, 100, "from 0% to 100%") / 100;
    return keyword ? { ...profile, reorderRatio: ratio } : { ...profile, lossRatio: ratio };
  }
  if (timeMs !== undefined && !/^reorder$/i.test(keyword ?? "")) {
    const valueMs = within(timeMs, 0, MAX_DELAY_MS, `from 0ms to ${MAX_DELAY_MS / 1_000}s`);
    if (keyword) return { ...profile, jitterMs: valueMs };
    return { ...profile, delayMs: oneWay ? valueMs : valueMs / 2 };
  }
  const rateBps = keyword ? undefined : readAmount(amount!, RATE_UNITS);
  if (rateBps !== undefined) {
    const bounds = "from 1bit to 10gbit";
    return { ...profile, rateBps: within(Math.round(rateBps), 1, MAX_RATE_BPS, bounds) };
  }
  const sizeBytes = keyword ? undefined : readAmount(amount!, SIZE_UNITS);
  if (sizeBytes !== undefined) {
    const bounds = `a queue from ${MIN_QUEUE_BYTES}B to 100MB`;
    const queueBytes = within(Math.round(sizeBytes), MIN_QUEUE_BYTES, MAX_QUEUE_BYTES, bounds);
    return { ...profile, queueBytes };
  }
  throw new NetworkProfileError(
    item === ""
      ? "an item is missing: write items such as 1.5mbit, 50ms, 2%, or clear"
      : `"${item}" is none of rate (1.5mbit), queue (64kB), delay (50ms), loss (2%), jitter 30ms, ` +
        "reorder 1%, blackout, clear",
  );
}

/** A number with its unit, in the unit whose factor is 1; undefined when it is neither. */
function readAmount(text: string, units: Units): number | undefined {
  const [, digits, unit] = /^(\d{1,12}(?:\.\d{1,12})?) ?([a-z%]+)$/i.exec(text) ?? [];
  if (digits === undefined || !Object.hasOwn(units, unit!.toLowerCase())) return undefined;
  return Number(digits) * units[unit!.toLowerCase()]!;
}

function parseSeed(item: string, text: string): number {
  const seed = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (seed <= MAX_SEED) return seed;
  throw new NetworkProfileError(`"${item}" is not a seed from 0 to ${MAX_SEED}`);
}

/**
 * The text form that {@link parseNetworkProfile} reads back as an equal profile: each part whole,
 * each direction apart. Numbers keep {@link MAX_DIGITS} digits.
 */
export function formatNetworkProfile(profile: NetworkProfile): string {
  const parts = profile.changes.map(({ atMs, path }, index) => {
    const items = DIRECTIONS.flatMap((direction) =>
      formatDirection(path[direction]).map((item) => `${direction} ${item}`)
    );
    if (index > 0) return `@${atMs}ms ${["clear", ...items].join(",")}`;
    if (profile.seed !== DEFAULT_SEED) items.push(`seed ${profile.seed}`);
    return items.length === 0 ? "clear" : items.join(",");
  });
  return parts.join("; ");
}

function formatDirection(profile: DirectionProfile): string[] {
  const items: string[] = [];
  if (profile.rateBps !== undefined) items.push(formatRate(profile.rateBps));
  if (profile.queueBytes !== undefined) items.push(`${plain(profile.queueBytes / 1_000)}kB`);
  if (profile.delayMs > 0) items.push(`${plain(profile.delayMs)}ms`);
  if (profile.jitterMs > 0) items.push(`jitter ${plain(profile.jitterMs)}ms`);
  if (profile.lossRatio > 0) items.push(`${plain(profile.lossRatio * 100)}%`);
  if (profile.reorderRatio > 0) items.push(`reorder ${plain(profile.reorderRatio * 100)}%`);
  if (profile.blackout) items.push("blackout");
  return items;
}

function formatRate(rateBps: number): string {
  return rateBps >= 1_000_000
    ? `${plain(rateBps / 1_000_000)}mbit`
    : `${plain(rateBps / 1_000)}kbit`;
}

function plain(value: number): string {
  return String(Number(value.toPrecision(MAX_DIGITS)));
}
