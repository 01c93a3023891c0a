import assert from "node:assert/strict";
import { ConfigurationError } from "../../runtime/configuration.ts";
import { parseRegionLocations, parseRegionMap } from "./region_settings.ts";

Deno.test("regions have a latitude and a longitude each", () => {
  assert.deepEqual([...parseRegionLocations(" us-west-1=37.3,-121.9; eu-west-1 = 53.3, -6.3;")], [
    ["us-west-1", { latitude: 37.3, longitude: -121.9 }],
    ["eu-west-1", { latitude: 53.3, longitude: -6.3 }],
  ]);
  assert.equal(parseRegionLocations("").size, 0);
});

Deno.test("names of a proxy are mapped to regions in any case", () => {
  assert.deepEqual([...parseRegionMap("US=us-west-1;de=eu-west-1")], [
    ["us", "us-west-1"],
    ["de", "eu-west-1"],
  ]);
});

Deno.test("anything else is refused with the entry that is wrong", () => {
  for (const text of ["a", "a=1", "a=1,2,3", "a=91,0", "a=,", "=1,2", "a=1,2;a=3,4", "a=x,y"]) {
    assert.throws(() => parseRegionLocations(text), ConfigurationError, text);
  }
  for (const text of ["US", "US=", "=eu", "US=a=b", `US=${"x".repeat(65)}`]) {
    assert.throws(() => parseRegionMap(text), ConfigurationError, text);
  }
});
