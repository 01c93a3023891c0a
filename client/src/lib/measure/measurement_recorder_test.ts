import assert from "node:assert/strict";
import { MeasurementRecorder } from "./measurement_recorder.ts";

const PICTURE = { atMs: 1_040, stampMs: 1_000, frameNumber: 7, width: 640, height: 360 };

Deno.test("a picture that stays is noted when it comes up, and not again", () => {
  const recorder = new MeasurementRecorder();
  recorder.addShown(PICTURE);
  recorder.addShown({ ...PICTURE, atMs: 1_056 });
  assert.deepEqual(recorder.lists().shown, [PICTURE]);
});

Deno.test("two pictures of the same millisecond are two", () => {
  const recorder = new MeasurementRecorder();
  recorder.addShown(PICTURE);
  recorder.addShown({ ...PICTURE, frameNumber: 8 });
  assert.equal(recorder.lists().shown.length, 2);
});

Deno.test("what was handed out does not change with what comes after", () => {
  const recorder = new MeasurementRecorder();
  const { steps } = recorder.lists();
  recorder.addStep({ atMs: 1_000, latenessMs: 70, outputLatencyMs: 32 });
  assert.deepEqual(steps, []);
});
