import assert from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { MeetingControllerEntrySchema } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { ControllerDirectory, MAX_ALTERNATIVES } from "./controller_directory.ts";

const entry = (name: string, currentMeetings = 0) =>
  create(MeetingControllerEntrySchema, {
    controllerId: name,
    endpoint: `https://${name}.test`,
    certificateHashes: [new Uint8Array([7])],
    capacity: { maxMeetings: 10, currentMeetings },
  });
const urls = (directory: ControllerDirectory, meetingId: string) =>
  directory.alternatives(meetingId).map(({ meetingControllerUrl }) => meetingControllerUrl);

Deno.test("all controllers name the same one for a meeting, and none names itself", () => {
  const all = ["a", "b", "c"].map((name) => entry(name));
  const [a, b] = ["a", "b"].map((name) => {
    const directory = new ControllerDirectory(name);
    directory.update(all);
    return directory;
  });
  for (let index = 0; index < 100; index++) {
    const meetingId = `meeting ${index}`;
    assert.ok(!urls(a!, meetingId).includes("https://a.test"));
    const ofOthers = urls(b!, meetingId).filter((url) => url !== "https://a.test");
    const expected = urls(a!, meetingId).filter((url) => url !== "https://b.test");
    assert.deepEqual(ofOthers, expected);
  }
});

Deno.test("one that is full is named last, and few are named", () => {
  const directory = new ControllerDirectory("z");
  directory.update([entry("a", 10), entry("b")]);
  assert.deepEqual(urls(directory, "m"), ["https://b.test", "https://a.test"]);
  assert.deepEqual(directory.alternatives("m")[0]?.certificateHashes, [new Uint8Array([7])]);
  directory.update(["a", "b", "c", "d", "e"].map((name) => entry(name)));
  assert.equal(urls(directory, "m").length, MAX_ALTERNATIVES);
  directory.update([]);
  assert.deepEqual(urls(directory, "m"), []);
});
