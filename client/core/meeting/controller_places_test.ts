import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { MeetingControllerInfoSchema } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { ControllerPlaces, MAX_PLACES } from "./controller_places.ts";

const HASH = new Uint8Array(32).fill(1);
const OTHER_HASH = new Uint8Array(32).fill(2);

function info(meetingControllerUrl: string, certificateHashes: Uint8Array[] = []) {
  return create(MeetingControllerInfoSchema, { meetingControllerUrl, certificateHashes });
}

function places() {
  return new ControllerPlaces({ url: "https://a.test", certificateHashes: [HASH] }, [HASH]);
}

Deno.test("the controller that served last comes first, each once", () => {
  const known = places();
  known.moved({ url: "https://b.test", certificateHashes: [] }, [
    info("https://c.test"),
    info("https://b.test"),
    info("https://a.test"),
  ]);
  assert.deepEqual(known.all.map(({ url }) => url), [
    "https://b.test",
    "https://c.test",
    "https://a.test",
  ]);
});

Deno.test("a controller that is named without certificates has those of the grant", () => {
  const known = places();
  assert.deepEqual(known.endpointOf(info("https://b.test"))?.certificateHashes, [HASH]);
  assert.deepEqual(
    known.endpointOf(info("https://b.test", [OTHER_HASH]))?.certificateHashes,
    [OTHER_HASH],
  );
});

Deno.test("what is no https URL is no place to go, and there are not too many", () => {
  const known = places();
  for (const url of ["", "http://b.test", "nonsense"]) {
    assert.equal(known.endpointOf(info(url)), undefined);
  }
  known.moved(
    { url: "https://a.test", certificateHashes: [] },
    Array.from({ length: 50 }, (_, index) => info(`https://${index}.test`)),
  );
  assert.equal(known.all.length, MAX_PLACES);
});
