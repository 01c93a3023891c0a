import assert from "node:assert/strict";
import { PACES, PicturePace } from "./picture_pace.ts";

/** Lets so many seconds pass in which every timer is this late; the share of pictures at the end. */
function share(pace: PicturePace, seconds: number, lateMs: number): number {
  for (let look = 0; look < seconds * 20; look++) pace.look(lateMs);
  return pace.pace.framerateShare;
}

Deno.test("a machine in time shows and sends every picture", () => {
  const pace = new PicturePace();
  assert.equal(share(pace, 60, 30), 1);
  assert.deepEqual(pace.pace, PACES[0]);
});

Deno.test("one that is late for two seconds gives up half of the pictures, then half again", () => {
  const pace = new PicturePace();
  assert.equal(share(pace, 1, 80), 1);
  assert.equal(share(pace, 1, 80), 0.5);
  assert.equal(share(pace, 2, 80), 0.25);
  assert.equal(share(pace, 60, 80), 0.25);
});

Deno.test("a few late timers in a second count for nothing", () => {
  const pace = new PicturePace();
  for (let look = 0; look < 200; look++) pace.look(look % 5 === 0 ? 300 : 2);
  assert.equal(pace.pace.framerateShare, 1);
});

Deno.test("after eight seconds in time more pictures are tried", () => {
  const pace = new PicturePace();
  share(pace, 2, 80);
  assert.equal(share(pace, 7, 2), 0.5);
  assert.equal(share(pace, 1, 2), 1);
});

Deno.test("between late and in time nothing changes", () => {
  const pace = new PicturePace();
  share(pace, 2, 80);
  assert.equal(share(pace, 60, 25), 0.5);
});

Deno.test("if more pictures made it late again, it waits twice as long before the next try", () => {
  const pace = new PicturePace();
  share(pace, 2, 80);
  share(pace, 8, 2);
  assert.equal(share(pace, 2, 80), 0.5);
  assert.equal(share(pace, 15, 2), 0.5);
  assert.equal(share(pace, 1, 2), 1);
});

Deno.test("a change is told when it happens, and only then", () => {
  const pace = new PicturePace();
  const told: number[] = [];
  for (let look = 1; look <= 60; look++) if (pace.look(80)) told.push(look);
  assert.deepEqual(told, [40]);
});
