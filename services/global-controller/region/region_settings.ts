import { ConfigurationError } from "../../runtime/configuration.ts";
import { isLocation, type Location } from "./great_circle.ts";

/** Longest name of a region, UTF-16 units. */
export const MAX_REGION_LENGTH = 64;

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
