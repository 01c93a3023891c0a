import { MAX_PROBED_REGIONS, type ProbedRegion } from "./region_probe.ts";

/** Longest answer of the call that is read, bytes. */
const MAX_LIST_LENGTH = 256 * 1024;
const CERTIFICATE_HASH_LENGTH = 32;

/**
 * Asks the global controller at `origin` (such as `https://meet.example`) for its regions.
 *
 * @throws when it cannot be reached, or answers something else.
 */
export async function fetchRegions(
  origin: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ProbedRegion[]> {
  const response = await fetch(new URL("/api/v1/regions", origin), {
    cache: "no-store",
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the call for the regions answered ${response.status}`);
  if (text.length > MAX_LIST_LENGTH) throw new Error("the list of the regions is too long");
  return parseRegions(JSON.parse(text));
}

/**
 * Reads the JSON answer of `GET /api/v1/regions`, leaving out what cannot be probed.
 *
 * @throws {TypeError} when it is none.
 */
export function parseRegions(json: unknown): ProbedRegion[] {
  const { regions } = (json ?? {}) as { regions?: unknown };
  if (!Array.isArray(regions)) throw new TypeError("the answer has no regions");
  return regions.map(readRegion).filter((region) => region !== undefined)
    .slice(0, MAX_PROBED_REGIONS);
}

function readRegion(json: unknown): ProbedRegion | undefined {
  const { region, probe_urls: urls, certificate_hashes: hashes = [] } = (json ?? {}) as Record<
    string,
    unknown
  >;
  if (typeof region !== "string" || region === "") return undefined;
  if (!Array.isArray(urls) || !Array.isArray(hashes)) return undefined;
  const probeUrls = urls.filter((url) =>
    typeof url === "string" && URL.parse(url)?.protocol === "https:"
  );
  if (probeUrls.length === 0) return undefined;
  const certificateHashes = hashes.map(readHash).filter((hash) => hash !== undefined);
  return { region, probeUrls, certificateHashes };
}

function readHash(value: unknown): Uint8Array | undefined {
  try {
    const binary = atob(String(value));
    if (binary.length !== CERTIFICATE_HASH_LENGTH) return undefined;
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
