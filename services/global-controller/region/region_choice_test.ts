import assert from "node:assert/strict";
import { type CallerPlace, RegionChoice, UnknownRegionError } from "./region_choice.ts";

const LOCATIONS = new Map([
  ["us-west-1", { latitude: 37.3, longitude: -121.9 }],
  ["eu-west-1", { latitude: 53.3, longitude: -6.3 }],
  ["ap-southeast-1", { latitude: 1.35, longitude: 103.9 }],
]);
const REGIONS = [...LOCATIONS.keys()];
const ADDRESS = "192.0.2.1";

function order(
  caller: Partial<CallerPlace>,
  options: Partial<ConstructorParameters<typeof RegionChoice>[0]> = {},
  regions = REGIONS,
): string {
  const choice = new RegionChoice({ ownRegion: "us-west-1", locations: LOCATIONS, ...options });
  return choice.preferenceOf({ address: ADDRESS, ...caller })(regions)
    .map((region) => region.slice(0, 2)).join(" ");
}

const inFrankfurt = {
  locate: (address: string) =>
    address === ADDRESS
      ? { location: { latitude: 50.1, longitude: 8.7 }, country: "DE" }
      : undefined,
};

Deno.test("with nothing known of the caller, its region is the one of this process", () => {
  assert.equal(order({}), "us eu ap");
  assert.equal(order({}, { ownRegion: "ap-southeast-1" }), "ap eu us");
  assert.equal(order({}, { locations: undefined }), "us ap eu");
});

Deno.test("the geographic database brings the nearest region, by place or by country", () => {
  assert.equal(order({}, { geo: inFrankfurt }), "eu us ap");
  assert.equal(order({ address: "198.51.100.1" }, { geo: inFrankfurt }), "us eu ap");
  const names = new Map([["de", "eu-west-1"]]);
  assert.equal(order({}, { geo: inFrankfurt, locations: undefined, names }), "eu us ap");
});

Deno.test("a trusted proxy's word, a region or a name on the map, comes before the database", () => {
  assert.equal(order({ proxyHint: "ap-southeast-1" }, { geo: inFrankfurt }), "ap eu us");
  const names = new Map([["sg", "ap-southeast-1"]]);
  assert.equal(order({ proxyHint: "SG" }, { geo: inFrankfurt, names }), "ap eu us");
  assert.equal(order({ proxyHint: "nowhere" }, { geo: inFrankfurt }), "eu us ap");
});

Deno.test("a round trip that the caller measured comes before any estimate", () => {
  const roundTripsMs = { "us-west-1": 160, "ap-southeast-1": 9 };
  assert.equal(order({ roundTripsMs }, { geo: inFrankfurt }), "ap eu us");
  assert.equal(order({ roundTripsMs: { "us-west-1": 10 }, proxyHint: "eu-west-1" }), "eu us ap");
  assert.equal(order({ roundTripsMs: { "us-west-1": 3 }, proxyHint: "eu-west-1" }), "us eu ap");
});

Deno.test("measurements that make no sense change nothing", () => {
  for (const roundTripMs of [0, -5, Number.NaN, -Infinity]) {
    assert.equal(order({ roundTripsMs: { "ap-southeast-1": roundTripMs } }), "us eu ap");
  }
  assert.equal(order({ roundTripsMs: { elsewhere: 1 } }), "us eu ap");
  assert.equal(order({ roundTripsMs: { "us-west-1": Infinity } }), "eu ap us");
});

Deno.test("what the caller asks for is first, and after it what is near to that", () => {
  const roundTripsMs = { "us-west-1": 1 };
  assert.equal(order({ requested: "ap-southeast-1", roundTripsMs }), "ap eu us");
  assert.equal(order({ requested: "ap-southeast-1" }, {}, ["us-west-1", "eu-west-1"]), "eu us");
});

Deno.test("a region that does not exist is named, with those that do", () => {
  assert.throws(() => order({ requested: "eu-west-2" }), (error: unknown) => {
    assert.ok(error instanceof UnknownRegionError);
    assert.equal(error.region, "eu-west-2");
    assert.deepEqual(error.regions, [...REGIONS].sort());
    return true;
  });
});

Deno.test("a meeting that has to move goes to its own region, else to the nearest", () => {
  const choice = new RegionChoice({ ownRegion: "us-west-1", locations: LOCATIONS });
  assert.deepEqual(choice.near("ap-southeast-1")(REGIONS), [
    "ap-southeast-1",
    "eu-west-1",
    "us-west-1",
  ]);
  assert.deepEqual(choice.near(undefined)(["eu-west-1", "us-west-1"]), ["us-west-1", "eu-west-1"]);
});
