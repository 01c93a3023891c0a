import assert from "node:assert/strict";
import { cpuUsage } from "node:process";
import { seededRandom } from "../../stack/network/seeded_random.ts";
import { TamperedMeeting } from "./tampered_meeting.ts";
import { STREAM_BREAKINGS, TAMPERINGS } from "./tampering.ts";

/** Frames that each tampering is tried on. */
const FRAMES_EACH = 160;
/** Frames that all of them together are tried on at last. */
const FRAMES_MIXED = 400;
/** Share of the frames that is tampered with. */
const RATIO = 0.2;
/** Streams that are broken off by each breaking: each takes the session with it. */
const BREAKS_EACH = 3;
/** Processor time that a frame may take all clients and servers together, microseconds. */
const CPU_LIMIT_US = 10_000;

const SEED = Number(Deno.env.get("DT_SEED")) || crypto.getRandomValues(new Uint32Array(1))[0]!;

Deno.test("nothing that a media handler tampered with reaches an application", async (t) => {
  console.log(`DT_SEED=${SEED}`);
  await using meeting = await TamperedMeeting.start(seededRandom(SEED));
  const all = Object.entries(TAMPERINGS);
  const startCpu = cpuUsage();
  for (const [what, tampering] of all) {
    await t.step(what, async () => {
      await meeting.endures({ tamperings: [tampering], ratio: RATIO }, FRAMES_EACH);
      await meeting.recovers();
      meeting.assertGenuine();
    });
  }
  await t.step("all of it together", async () => {
    const keyFramesBefore = meeting.keyFrames;
    const tamperings = all.map(([, tampering]) => tampering);
    await meeting.endures({ tamperings, ratio: RATIO }, FRAMES_MIXED);
    await meeting.recovers();
    meeting.assertGenuine();
    assert.ok(meeting.keyFrames > keyFramesBefore, "nobody asked for a key frame");
  });
  const { user, system } = cpuUsage(startCpu);
  const { untouched, tampered } = meeting.handler.passed;
  const cpuUs = (user + system) / (untouched + tampered);
  console.log({ untouched, tampered, delivered: meeting.deliveredFrames, cpuUs });
  assert.ok(tampered >= 2_000, `${tampered} frames were tampered with`);
  assert.ok(cpuUs < CPU_LIMIT_US, `${cpuUs} µs a frame`);
});

Deno.test("a meeting survives streams that a media handler breaks", async (t) => {
  console.log(`DT_SEED=${SEED}`);
  await using meeting = await TamperedMeeting.start(seededRandom(SEED));
  for (const [what, tampering] of Object.entries(STREAM_BREAKINGS)) {
    await t.step(what, async () => {
      await meeting.endures({ tamperings: [tampering], ratio: RATIO }, BREAKS_EACH);
      await meeting.recovers();
      meeting.assertGenuine();
    });
  }
});
