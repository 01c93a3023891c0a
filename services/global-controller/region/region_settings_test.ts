import assert from "node:assert/strict";
import { ConfigurationError } from "../../runtime/configuration.ts";
import { parseRegionLocations, parseRegionMap, readRegionSettings } from "./region_settings.ts";

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

Deno.test("the database is a path or a URL, and a header has the name of one", () => {
  const read = (values: Record<string, string>) =>
    readRegionSettings({ get: (name) => values[name] });
  assert.equal(read({}).geoDatabase, undefined);
  assert.equal(
    read({ DT_GEO_DATABASE: "/data/geo.mmdb" }).geoDatabase?.href,
    "file:///data/geo.mmdb",
  );
  const url = "https://files.example/geo.mmdb";
  assert.equal(read({ DT_GEO_DATABASE: url }).geoDatabase?.href, url);
  assert.throws(() => read({ DT_GEO_DATABASE: "ftp://files.example/geo" }), ConfigurationError);
  assert.equal(read({ DT_REGION_HEADER: "X-Client-Region" }).header, "X-Client-Region");
  assert.throws(() => read({ DT_REGION_HEADER: "two words" }), ConfigurationError);
});
