import type { LayerDescription } from "../routing/subscription.ts";

/**
 * What the most important track gets of its smallest layer even beyond the budget, bits per second:
 * without any picture the estimate of a thin path has nothing to grow by.
 */
export const ALWAYS_GIVEN_BPS = 50_000;

/** A video track as far as the division of a subscriber's bits is concerned. */
export interface AllocatedTrack {
  readonly kind: "share" | "face";
  /** The one that the viewer looks at. */
  readonly focused: boolean;
  /** By spatial layer, at least one. */
  readonly ladder: readonly LayerDescription[];
  /** Highest spatial layer that makes sense for the size at which it is shown. */
  readonly maxSpatialLayer: number;
  /** Bits per second; Infinity for no cap. */
  readonly capBps: number;
  /**
   * What it will really take at most, bits per second; Infinity when that is not known. What a share
   * that stands still leaves over goes to the others.
   */
  readonly expectedBps: number;
}

/** The rates that a track can make use of, bits per second. */
export interface UsefulRates {
  /** Its smallest layer at its worst. */
  readonly lowestBps: number;
  /** Its highest layer at its best. */
  readonly highestBps: number;
}

/** What a track can make use of, given its layers and caps. */
export function usefulRates(
  track: Pick<AllocatedTrack, "ladder" | "maxSpatialLayer" | "capBps">,
): UsefulRates {
  const { ladder, capBps } = track;
  const highestBps = Math.min(capBps, levelBps(track, ladder.length - 1));
  return { lowestBps: Math.min(ladder[0]!.minBitrateBps, highestBps), highestBps };
}

/**
 * Divides `budgetBps` among `tracks`, which come in the viewer's order. First everyone gets its
 * smallest layer, the most important first; then the shares and the focused face all they can use;
 * then the faces, one layer after the other, so that nobody is sharp while others are blurred.
 *
 * A smallest layer is given wholly or not at all (0: paused), except that the most important track
 * takes what there is, and always {@link ALWAYS_GIVEN_BPS}.
 *
 * @returns bits per second for each track, in the order of `tracks`.
 */
export function allocateBitrate(budgetBps: number, tracks: readonly AllocatedTrack[]): number[] {
  const division = new Division(budgetBps, tracks);
  const order = tracks.map((_, index) => index)
    .sort((a, b) => importance(tracks[b]!) - importance(tracks[a]!));
  const shown = division.giveLowest(order);
  const isFace = (index: number) => importance(tracks[index]!) === 0;
  for (const index of shown) if (!isFace(index)) division.raise(index, Infinity);
  const faces = shown.filter(isFace);
  const levels = Math.max(0, ...tracks.map(({ ladder }) => ladder.length));
  for (let level = 0; level < levels; level++) {
    for (const index of faces) division.raise(index, levelBps(tracks[index]!, level));
  }
  return division.grants;
}

/** Above 0: its upgrades come before those of all faces. */
function importance({ kind, focused }: AllocatedTrack): number {
  if (kind === "share") return focused ? 3 : 2;
  return focused ? 1 : 0;
}

/** The most that the layers up to `level` of the ladder can use. */
function levelBps(
  { ladder, maxSpatialLayer }: Pick<AllocatedTrack, "ladder" | "maxSpatialLayer">,
  level: number,
): number {
  let bps = ladder[0]!.maxBitrateBps;
  for (let index = 1; index <= level && index < ladder.length; index++) {
    const { spatialLayer, maxBitrateBps } = ladder[index]!;
    if (spatialLayer <= maxSpatialLayer) bps = Math.max(bps, maxBitrateBps);
  }
  return bps;
}

/** What is given and what is left. */
class Division {
  readonly grants: number[];
  readonly #tracks: readonly AllocatedTrack[];
  #leftBps: number;

  constructor(budgetBps: number, tracks: readonly AllocatedTrack[]) {
    this.#tracks = tracks;
    this.#leftBps = budgetBps;
    this.grants = tracks.map(() => 0);
  }

  /** Gives the smallest layers in `order` as far as they fit; those that got something. */
  giveLowest(order: readonly number[]): number[] {
    const shown: number[] = [];
    for (const index of order) {
      const { lowestBps } = usefulRates(this.#tracks[index]!);
      const givenBps = shown.length === 0
        ? Math.min(lowestBps, Math.max(this.#leftBps, ALWAYS_GIVEN_BPS))
        : lowestBps;
      // One that does not fit ends it: what is less important must not be seen in its place.
      if (shown.length > 0 && givenBps > this.#leftBps) break;
      this.grants[index] = givenBps;
      this.#leftBps = Math.max(0, this.#leftBps - givenBps);
      shown.push(index);
    }
    return shown;
  }

  /** Raises one track towards `levelBps`, as far as there are bits and it can use them. */
  raise(index: number, levelBps: number): void {
    const track = this.#tracks[index]!;
    const givenBps = this.grants[index]!;
    const aimBps = Math.min(levelBps, usefulRates(track).highestBps);
    const addedBps = Math.min(aimBps - givenBps, this.#leftBps);
    if (!(addedBps > 0)) return;
    this.grants[index] = givenBps + addedBps;
    const chargedBps = Math.max(givenBps, track.expectedBps) - givenBps;
    this.#leftBps -= Math.min(addedBps, chargedBps);
  }
}
