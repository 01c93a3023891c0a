import { createRoute } from "@hono/zod-openapi";
import type { ApiApp } from "../rest/api_environment.ts";
import { errorResponse, jsonContent } from "../rest/openapi.ts";
import { callerPlace } from "./caller_place.ts";
import type { RegionChoice } from "./region_choice.ts";
import { listRegions, type RegionSummary } from "./region_list.ts";
import { RegionListResponse } from "./region_messages.ts";
import type { ServerRegistry } from "./server_registry.ts";

const getRegions = createRoute({
  method: "get",
  path: "/api/v1/regions",
  summary: "List the regions, and which one is the caller's",
  responses: {
    200: { description: "Regions by name", ...jsonContent(RegionListResponse) },
    429: errorResponse("Too many requests"),
    503: errorResponse("The database is away"),
  },
});

/** Adds `GET /api/v1/regions`. */
export function addRegionRoutes(
  app: ApiApp,
  { registry, regions: choice }: { registry: ServerRegistry; regions: RegionChoice },
): void {
  app.openapi(getRegions, async (context) => {
    const controllers = await registry.listHealthyControllers();
    const { regions, preferred } = listRegions(choice, controllers, callerPlace(context.env));
    return context.json({ regions: regions.map(write), preferred: preferred ?? null }, 200);
  });
}

function write({ region, health, location, probes }: RegionSummary) {
  return {
    region,
    health,
    location: location ?? null,
    probe_urls: probes.map(({ endpoint }) => endpoint),
    certificate_hashes: [...new Set(probes.flatMap(({ certificateHashes }) => certificateHashes))],
  };
}
