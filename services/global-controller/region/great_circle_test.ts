import assert from "node:assert/strict";
import { greatCircleKm, isLocation } from "./great_circle.ts";

const at = (latitude: number, longitude: number) => ({ latitude, longitude });

Deno.test("known distances come out within half a percent, as Earth is no sphere", () => {
  const cases = [
    { from: at(37.62, -122.38), to: at(40.64, -73.78), km: 4_152 }, // San Francisco, New York
    { from: at(50.03, 8.57), to: at(1.36, 103.99), km: 10_263 }, // Frankfurt, Singapore
    { from: at(0, 179.5), to: at(0, -179.5), km: 111.2 }, // across the date line
    { from: at(90, 0), to: at(-90, 77), km: 20_015 },
    { from: at(12, 34), to: at(12, 34), km: 0 },
  ];
  for (const { from, to, km } of cases) {
    const error = Math.abs(greatCircleKm(from, to) - km);
    assert.ok(error <= km / 200 + 1, `${km} km is off by ${error}`);
    assert.ok(Math.abs(greatCircleKm(to, from) - greatCircleKm(from, to)) < 1e-6);
  }
});

Deno.test("only degrees of Earth are a location", () => {
  assert.ok(isLocation(-90, 180));
  for (const [latitude, longitude] of [[91, 0], [0, -181], [NaN, 0], [0, Infinity], ["1", 2], []]) {
    assert.ok(!isLocation(latitude, longitude), `${latitude}, ${longitude}`);
  }
});
