import assert from "node:assert/strict";
import { SimulatedTime } from "../testing/simulated_time.ts";
import type { StreamView } from "./stream_view.ts";
import { MAX_VIEWS, VIEW_REQUEST_INTERVAL_MS, ViewRequests } from "./view_requests.ts";

function start() {
  const time = new SimulatedTime();
  const sent: { atMs: number; views: readonly StreamView[] }[] = [];
  const requests = new ViewRequests({
    scheduler: time,
    send: (views) => sent.push({ atMs: time.now(), views }),
  });
  return { time, sent, requests };
}

function view(width: number): StreamView[] {
  return [{ streamId: "camera", width, height: width }];
}

Deno.test("the first views go out at once, of those that follow soon the last", async () => {
  const { time, sent, requests } = start();
  for (const width of [100, 200, 300]) requests.set(view(width));
  await time.advance(1_000);
  assert.deepEqual(sent, [
    { atMs: 0, views: view(100) },
    { atMs: VIEW_REQUEST_INTERVAL_MS, views: view(300) },
  ]);
  assert.equal(time.timers, 0);
});

Deno.test("views that did not change are not sent again", async () => {
  const { time, sent, requests } = start();
  requests.set(view(100));
  await time.advance(1_000);
  requests.set(view(100));
  assert.equal(sent.length, 1);
});

Deno.test("a new session is told the views at once", () => {
  const { sent, requests } = start();
  requests.set(view(100));
  requests.set(view(200));
  requests.sendAll();
  assert.deepEqual(sent.map(({ views }) => views), [view(100), view(200)]);
});

Deno.test("more views than a request may name are cut off", () => {
  const { sent, requests } = start();
  requests.set(Array(MAX_VIEWS + 1).fill(view(1)[0]));
  assert.equal(sent[0]!.views.length, MAX_VIEWS);
});
