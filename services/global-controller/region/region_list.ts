import type { Location } from "./great_circle.ts";
import type { CallerPlace, RegionChoice } from "./region_choice.ts";
import { hasRoom, type RegisteredController } from "./registered_server.ts";

/** Controllers of a region that callers may probe. */
const MAX_PROBED = 3;

/** What anybody may know of a region. */
export interface RegionSummary {
  readonly region: string;
  /** "full": it is well, and takes no further meeting. */
  readonly health: "healthy" | "degraded" | "full" | "unavailable";
  readonly location: Location | undefined;
  /** Controllers to measure the round trip to. */
  readonly probes: readonly Pick<RegisteredController, "endpoint" | "certificateHashes">[];
}

/**
 * The regions that the operator named and those where something runs, and which of them the caller
 * would get.
 *
 * @param controllers all that are healthy or degraded.
 */
export function listRegions(
  choice: RegionChoice,
  controllers: readonly RegisteredController[],
  caller: CallerPlace,
): { regions: RegionSummary[]; preferred: string | undefined } {
  const running = Map.groupBy(controllers, ({ region }) => region);
  const open = [...running].filter(([, members]) => members.some(hasRoom)).map(([name]) => name);
  const names = new Set([...choice.configured, ...running.keys()]);
  const regions = [...names].sort().map((region) => {
    const members = running.get(region) ?? [];
    return {
      region,
      health: healthOf(members),
      location: choice.locationOf(region),
      probes: members.slice(0, MAX_PROBED),
    };
  });
  return { regions, preferred: choice.preferenceOf(caller)(open)[0] };
}

function healthOf(members: readonly RegisteredController[]): RegionSummary["health"] {
  if (members.length === 0) return "unavailable";
  const open = members.filter(hasRoom);
  if (open.length === 0) return "full";
  return open.some(({ health }) => health === "healthy") ? "healthy" : "degraded";
}
