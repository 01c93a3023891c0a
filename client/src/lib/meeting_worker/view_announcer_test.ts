import assert from "node:assert/strict";
import { SimulatedTime } from "../../../core/testing/simulated_time.ts";
import { VIEW_REQUEST_DELAY_MS, ViewAnnouncer } from "./view_announcer.ts";

function start() {
  const time = new SimulatedTime();
  const widths: number[][] = [];
  const announcer = new ViewAnnouncer(
    (views) => widths.push(views.map(({ width }) => width)),
    time,
  );
  const show = (...shown: number[]) =>
    announcer.update(shown.map((width, n) => ({ streamId: `${n}`, width, height: width })));
  return { time, widths, announcer, show };
}

Deno.test("requests for less are collected", async () => {
  const { time, widths, show } = start();
  show(640);
  show(320);
  show(160);
  assert.deepEqual(widths, []);
  await time.advance(VIEW_REQUEST_DELAY_MS);
  assert.deepEqual(widths, [[160]]);
});

Deno.test("a request for more goes out at once, with all that waited", async () => {
  const { time, widths, show } = start();
  show(160, 640);
  await time.advance(VIEW_REQUEST_DELAY_MS);
  show(160, 320);
  show(640, 320);
  assert.deepEqual(widths, [[160, 640], [640, 320]]);
  await time.advance(VIEW_REQUEST_DELAY_MS);
  assert.equal(widths.length, 2);
});

Deno.test("what comes back to what was announced is not said again", async () => {
  const { time, widths, show } = start();
  show(640);
  await time.advance(VIEW_REQUEST_DELAY_MS);
  show(320);
  show(640);
  await time.advance(VIEW_REQUEST_DELAY_MS);
  assert.equal(widths.length, 1);
});

Deno.test("nothing is announced after the end", async () => {
  const { time, widths, announcer, show } = start();
  show(640);
  announcer.close();
  await time.advance(VIEW_REQUEST_DELAY_MS);
  assert.deepEqual(widths, []);
});
