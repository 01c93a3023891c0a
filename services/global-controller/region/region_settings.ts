import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  ConfigurationError,
  type Environment,
  readOptionalString,
} from "../../runtime/configuration.ts";
import { isLocation, type Location } from "./great_circle.ts";

/** Longest name of a region, UTF-16 units. */
export const MAX_REGION_LENGTH = 64;

/** By what regions are chosen for callers. */
export interface RegionSettings {
  readonly locations: ReadonlyMap<string, Location>;
  /** Regions by lower-case names of countries and whatever else a proxy names. */
  readonly names: ReadonlyMap<string, string>;
  /** The header in which trusted proxies name a region, or something on the map. */
  readonly header: string | undefined;
  /** A geographic database in MaxMind's format. */
  readonly geoDatabase: URL | undefined;
}

/**
 * Reads the settings by which regions are chosen; none of them has to be set.
 *
 * @throws {ConfigurationError}
 */
export function readRegionSettings(env: Environment): RegionSettings {
  return {
    locations: parseRegionLocations(readOptionalString(env, "DT_REGION_LOCATIONS") ?? ""),
    names: parseRegionMap(readOptionalString(env, "DT_REGION_MAP") ?? ""),
    header: readHeaderName(env, "DT_REGION_HEADER"),
    geoDatabase: readPathOrUrl(env, "DT_GEO_DATABASE"),
  };
}

/**
 * Reads `DT_REGION_LOCATIONS`: where each region is, such as
 * `us-west-1=37.3,-121.9; eu-west-1=53.3,-6.3` (degrees of latitude and longitude).
 *
 * @throws {ConfigurationError}
 */
export function parseRegionLocations(text: string): ReadonlyMap<string, Location> {
  return entriesOf("DT_REGION_LOCATIONS", text, (value) => {
    const [latitude, longitude, ...rest] = value.split(",").map(readNumber);
    if (rest.length > 0 || !isLocation(latitude, longitude)) return undefined;
    return { latitude: latitude!, longitude: longitude! };
  });
}

/**
 * Reads `DT_REGION_MAP`: which region serves what a proxy or a geographic database names, such as
 * `US=us-west-1; DE=eu-west-1`. Names are compared without regard to case.
 *
 * @throws {ConfigurationError}
 */
export function parseRegionMap(text: string): ReadonlyMap<string, string> {
  const entries = entriesOf(
    "DT_REGION_MAP",
    text,
    (region) => region.length <= MAX_REGION_LENGTH ? region : undefined,
  );
  return new Map([...entries].map(([name, region]) => [name.toLowerCase(), region]));
}

function entriesOf<Value>(
  setting: string,
  text: string,
  read: (value: string) => Value | undefined,
): Map<string, Value> {
  const entries = new Map<string, Value>();
  for (const entry of text.split(";").map((part) => part.trim()).filter(Boolean)) {
    const [name = "", value = "", ...rest] = entry.split("=").map((part) => part.trim());
    const parsed = value === "" ? undefined : read(value);
    const named = name !== "" && name.length <= MAX_REGION_LENGTH && !entries.has(name);
    if (!named || rest.length > 0 || parsed === undefined) {
      throw new ConfigurationError(`${setting}: "${entry}" is not understood`);
    }
    entries.set(name, parsed);
  }
  return entries;
}

function readNumber(text: string): number {
  return text.trim() === "" ? Number.NaN : Number(text);
}

function readHeaderName(env: Environment, name: string): string | undefined {
  const text = readOptionalString(env, name);
  // RFC 9110, section 5.6.2.
  if (text !== undefined && !/^[\w!#$%&'*+.^`|~-]+$/.test(text)) {
    throw new ConfigurationError(`${name} is "${text}", not the name of a header`);
  }
  return text;
}

function readPathOrUrl(env: Environment, name: string): URL | undefined {
  const text = readOptionalString(env, name);
  if (text === undefined) return undefined;
  if (!/^[a-z]+:\/\//i.test(text)) return pathToFileURL(resolve(text));
  const url = URL.parse(text);
  if (url === null || !["http:", "https:", "file:"].includes(url.protocol)) {
    throw new ConfigurationError(`${name} is "${text}", neither a path nor an http or file URL`);
  }
  return url;
}
