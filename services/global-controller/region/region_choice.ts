import { greatCircleKm, type Location } from "./great_circle.ts";
import type { GeoLookup } from "./geo_database.ts";

/** What is known of where a caller is. */
export interface CallerPlace {
  /** Freed from trusted proxies. */
  readonly address: string;
  /** What a trusted proxy says: a region, or a name that `DT_REGION_MAP` knows. */
  readonly proxyHint?: string;
  /** The region that the caller asks for. */
  readonly requested?: string;
  /** Round trips to regions that the caller measured, milliseconds. */
  readonly roundTripsMs?: Readonly<Record<string, number>>;
}

/**
 * Orders regions, the best first.
 *
 * @throws {UnknownRegionError} when the caller asked for one that does not exist.
 */
export type RegionPreference = (regions: readonly string[]) => string[];

/** Nobody knows of the region that was asked for. */
export class UnknownRegionError extends Error {
  override readonly name = "UnknownRegionError";
  /** @param regions those that are there. */
  constructor(readonly region: string, readonly regions: readonly string[]) {
    super("there is no such region");
  }
}

/** Round trip to the nearest place, milliseconds: access networks. */
const BASE_ROUND_TRIP_MS = 5;
/** Kilometres of great circle for each millisecond of round trip: light in fibre and detours. */
const KM_PER_ROUND_TRIP_MS = 65;
/** What a region is taken for of which nothing is known, milliseconds: another continent. */
const UNKNOWN_ROUND_TRIP_MS = 150;
/** Longest round trip that is believed, milliseconds; a longer one says as much. */
const MAX_ROUND_TRIP_MS = 10_000;

/**
 * Chooses regions for callers by the round trip to each: measured by the caller, else estimated
 * from where it is (a trusted proxy's word, else the geographic database), else from where this
 * process is. What the caller asks for comes before all of it.
 */
export class RegionChoice {
  readonly #ownRegion: string;
  readonly #locations: ReadonlyMap<string, Location>;
  readonly #names: ReadonlyMap<string, string>;
  readonly #geo: GeoLookup | undefined;

  constructor(options: {
    ownRegion: string;
    /** Where regions are. */
    locations?: ReadonlyMap<string, Location>;
    /** Regions by lower-case names that proxies and the database use, such as countries. */
    names?: ReadonlyMap<string, string>;
    geo?: GeoLookup;
  }) {
    this.#ownRegion = options.ownRegion;
    this.#locations = options.locations ?? new Map();
    this.#names = options.names ?? new Map();
    this.#geo = options.geo;
  }

  /** Regions that the operator named, whether or not anything runs there. */
  get configured(): string[] {
    return [...new Set([this.#ownRegion, ...this.#locations.keys(), ...this.#names.values()])];
  }

  /** Where a region is. */
  locationOf(region: string): Location | undefined {
    return this.#locations.get(region);
  }

  /** The order for a caller. */
  preferenceOf(caller: CallerPlace): RegionPreference {
    return (regions) => {
      const { requested } = caller;
      if (requested !== undefined && !regions.includes(requested)) {
        const known = new Set([...regions, ...this.configured]);
        if (!known.has(requested)) throw new UnknownRegionError(requested, [...known].sort());
      }
      // Without the one that was asked for, one that is near it.
      if (requested !== undefined) return this.near(requested)(regions);
      const from = this.#originOf(caller);
      return this.#sorted(
        regions,
        (region) => measured(caller.roundTripsMs, region) ?? this.#estimateMs(from, region),
      );
    };
  }

  /** The order for a meeting whose home is `region`; undefined: it has none. */
  near(region: string | undefined): RegionPreference {
    const from = { region: region ?? this.#ownRegion };
    return (regions) => this.#sorted(regions, (other) => this.#estimateMs(from, other));
  }

  #sorted(regions: readonly string[], costMs: (region: string) => number): string[] {
    const own = (region: string) => region === this.#ownRegion ? 0 : 1;
    return regions
      .map((region) => ({ region, costMs: costMs(region) }))
      .sort((a, b) =>
        a.costMs - b.costMs || own(a.region) - own(b.region) || (a.region < b.region ? -1 : 1)
      )
      .map(({ region }) => region);
  }

  #originOf({ proxyHint, address }: CallerPlace): { region?: string; location?: Location } {
    const hinted = proxyHint === undefined
      ? undefined
      : this.#names.get(proxyHint.toLowerCase()) ?? this.#ifConfigured(proxyHint);
    if (hinted !== undefined) return { region: hinted };
    const place = this.#geo?.locate(address);
    const country = place?.country && this.#names.get(place.country.toLowerCase());
    if (place?.location && this.#locations.size > 0) return { location: place.location };
    return { region: country ?? this.#ownRegion };
  }

  #ifConfigured(region: string): string | undefined {
    return this.configured.includes(region) ? region : undefined;
  }

  #estimateMs(from: { region?: string; location?: Location }, region: string): number {
    if (from.region === region) return BASE_ROUND_TRIP_MS;
    const origin = from.location ?? (from.region && this.#locations.get(from.region));
    const target = this.#locations.get(region);
    if (!origin || target === undefined) return UNKNOWN_ROUND_TRIP_MS;
    return BASE_ROUND_TRIP_MS + greatCircleKm(origin, target) / KM_PER_ROUND_TRIP_MS;
  }
}

/** What the caller measured, as far as it makes sense. */
function measured(
  roundTripsMs: CallerPlace["roundTripsMs"],
  region: string,
): number | undefined {
  if (roundTripsMs === undefined || !Object.hasOwn(roundTripsMs, region)) return undefined;
  const roundTripMs = roundTripsMs[region]!;
  return roundTripMs > 0 ? Math.min(roundTripMs, MAX_ROUND_TRIP_MS) : undefined;
}
