import { z } from "@hono/zod-openapi";
import { MAX_REGION_LENGTH } from "./region_settings.ts";

/** Regions whose round trips one request may tell. */
export const MAX_MEASURED_REGIONS = 64;
/** Longest round trip that is told, milliseconds. */
const MAX_ROUND_TRIP_MS = 60_000;

/** A region's name. */
export const regionName = z.string().min(1).max(MAX_REGION_LENGTH)
  .regex(/^[\w.-]+$/, "is no name of a region");

/** Round trips that the caller measured, milliseconds by region. */
export const regionRoundTrips = z.record(regionName, z.number().positive().max(MAX_ROUND_TRIP_MS))
  .refine((regions) => Object.keys(regions).length <= MAX_MEASURED_REGIONS, "has too many regions")
  .openapi({ example: { "us-west-1": 23, "eu-west-1": 140 } });

export const RegionListResponse = z.object({
  regions: z.array(
    z.object({
      region: z.string(),
      health: z.enum(["healthy", "degraded", "full", "unavailable"]).openapi({
        description: "Whether it takes new meetings: yes, rather not, no, or nobody is there",
      }),
      location: z.object({ latitude: z.number(), longitude: z.number() }).nullable(),
      probe_urls: z.array(z.string()).openapi({
        description: "WebTransport servers; the time until a session is ready is two round trips",
      }),
      certificate_hashes: z.array(z.string()).openapi({
        description: "Base64 of SHA-256, of the servers to probe (development)",
      }),
    }),
  ),
  preferred: z.string().nullable().openapi({
    description: "The one that a meeting of the caller would be placed in",
  }),
}).openapi("RegionList");
