import { doesNotThrow, throws } from "node:assert/strict";
import { EPOCH_MEMORY_MS, MAX_REMEMBERED_EPOCHS } from "../limits.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { MeetingEpochs } from "./meeting_epochs.ts";

function start() {
  const clock = new ManualClock();
  return { clock, epochs: new MeetingEpochs(clock) };
}

const stale = { name: "RoutingError", reason: "stale" };

Deno.test("the same epoch and higher ones are obeyed, lower ones are not", () => {
  const { epochs } = start();
  epochs.obey("m", 9n);
  epochs.obey("m", 9n);
  epochs.obey("m", 10n);
  throws(() => epochs.obey("m", 9n), stale);
  epochs.obey("m", 10n);
});

Deno.test("the epoch of a meeting that is over is remembered for a while, and then forgotten", () => {
  const { clock, epochs } = start();
  epochs.obey("over", 2n);
  epochs.obey("running", 2n);
  const sweep = () => epochs.forgetOld((meetingId) => meetingId === "running");
  clock.advance(EPOCH_MEMORY_MS - 1);
  sweep();
  throws(() => epochs.obey("over", 1n), stale);
  clock.advance(1);
  sweep();
  doesNotThrow(() => epochs.obey("over", 1n));
  throws(() => epochs.obey("running", 1n), stale);
});

Deno.test("a running meeting that nobody commands keeps none from being forgotten", () => {
  const { clock, epochs } = start();
  epochs.obey("running", 2n);
  clock.advance(1);
  epochs.obey("over", 2n);
  clock.advance(EPOCH_MEMORY_MS);
  epochs.forgetOld((meetingId) => meetingId === "running");
  doesNotThrow(() => epochs.obey("over", 1n));
});

Deno.test("so many epochs are remembered, and of more the one that was used last", () => {
  const { epochs } = start();
  for (let index = 0; index <= MAX_REMEMBERED_EPOCHS; index++) epochs.obey(`m${index}`, 2n);
  doesNotThrow(() => epochs.obey("m0", 1n));
  throws(() => epochs.obey(`m${MAX_REMEMBERED_EPOCHS}`, 1n), stale);
});
