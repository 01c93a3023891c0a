import type { Measurements } from "./measurements.ts";

declare global {
  /** What a measuring page has measured so far; only there while one measures. */
  var darkTowerMeasurements: (() => Measurements) | undefined;
}
