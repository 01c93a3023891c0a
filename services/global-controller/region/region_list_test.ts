import assert from "node:assert/strict";
import { testController } from "../testing/test_servers.ts";
import { RegionChoice } from "./region_choice.ts";
import { listRegions } from "./region_list.ts";

const FULL = { maxMeetings: 1, currentMeetings: 1, maxParticipants: 0, currentParticipants: 0 };
const eu = { latitude: 53.3, longitude: -6.3 };
const choice = new RegionChoice({ ownRegion: "us", locations: new Map([["eu", eu]]) });

Deno.test("regions are listed with how they are, where they are, and what can be probed", () => {
  const controllers = [
    testController("us1", { region: "us", capacity: FULL }),
    testController("asia1", { region: "asia", health: "degraded" }),
    testController("other1", { region: "other" }),
    testController("other2", { region: "other", health: "degraded" }),
  ];
  const { regions, preferred } = listRegions(choice, controllers, { address: "192.0.2.1" });
  assert.deepEqual(regions.map(({ region, health }) => `${region} ${health}`), [
    "asia degraded",
    "eu unavailable",
    "other healthy",
    "us full",
  ]);
  assert.deepEqual(regions[1]?.location, eu);
  assert.deepEqual(regions[0]?.probes.map(({ endpoint }) => endpoint), [
    "https://asia1.example:4433",
  ]);
  assert.equal(preferred, "asia", "a full region is nobody's");
});

Deno.test("a large region offers a few of its controllers to be probed", () => {
  const controllers = Array.from(
    { length: 50 },
    (_, index) => testController(`us${index}`, { region: "us" }),
  );
  const { regions } = listRegions(choice, controllers, { address: "192.0.2.1" });
  assert.equal(regions.find(({ region }) => region === "us")?.probes.length, 3);
});

Deno.test("with nothing running there is no region for anybody", () => {
  const { regions, preferred } = listRegions(choice, [], { address: "192.0.2.1" });
  assert.deepEqual(regions.map(({ health }) => health), ["unavailable", "unavailable"]);
  assert.equal(preferred, undefined);
});
