import assert from "node:assert/strict";
import {
  ACKNOWLEDGEMENT_INTERVAL_MS,
  readAcknowledgements,
} from "../../../proto/media_stream/acknowledgement.ts";
import { SimulatedTime } from "../testing/simulated_time.ts";
import { Acknowledger, MAX_REPEATS, MAX_WAIT_FOR_ARRIVAL_MS } from "./acknowledger.ts";

function start() {
  const time = new SimulatedTime();
  const sent: { atMs: number; entries: [number, number][] }[] = [];
  const acknowledger = new Acknowledger({
    scheduler: time,
    send: (datagram) =>
      sent.push({
        atMs: time.now(),
        entries: readAcknowledgements(datagram)
          .map(({ deliveryNumber, receivedBytes }) => [deliveryNumber, receivedBytes]),
      }),
  });
  return { time, sent, acknowledger };
}

Deno.test("what arrives first is acknowledged at once, what follows when an interval has passed", async () => {
  const { time, sent, acknowledger } = start();
  acknowledger.received(1, 100);
  acknowledger.received(2, 50);
  acknowledger.received(1, 300);
  assert.deepEqual(sent, [{ atMs: 0, entries: [[1, 100]] }]);
  await time.advance(ACKNOWLEDGEMENT_INTERVAL_MS + MAX_WAIT_FOR_ARRIVAL_MS);
  assert.deepEqual(sent.slice(1), [{
    atMs: ACKNOWLEDGEMENT_INTERVAL_MS + MAX_WAIT_FOR_ARRIVAL_MS,
    entries: [[1, 300], [2, 50]],
  }]);
});

Deno.test("streams that keep moving are acknowledged together when something arrives", async () => {
  const { time, sent, acknowledger } = start();
  for (let frame = 0; frame < 9; frame++) {
    acknowledger.received(2, 50 * (frame + 1));
    acknowledger.received(1, 100 * (frame + 1));
    await time.advance(30);
  }
  // Frames come every 30 ms, so every fourth carries an acknowledgement of both.
  assert.deepEqual(sent, [
    { atMs: 0, entries: [[2, 50]] },
    { atMs: 120, entries: [[2, 250], [1, 400]] },
    { atMs: 240, entries: [[2, 450], [1, 800]] },
  ]);
});

Deno.test("the last count is repeated less and less often, then nothing is sent", async () => {
  const { time, sent, acknowledger } = start();
  acknowledger.received(7, 100);
  await time.advance(60_000);
  const intervals = sent.map(({ atMs }) => atMs / ACKNOWLEDGEMENT_INTERVAL_MS);
  assert.deepEqual(intervals, [0, 2, 6, 14, 30, 62]);
  assert.equal(sent.length, 1 + MAX_REPEATS);
  assert.equal(time.timers, 0);
});

Deno.test("a stream that rested is acknowledged as soon as it moves again", async () => {
  const { time, sent, acknowledger } = start();
  acknowledger.received(7, 100);
  await time.advance(3.2 * ACKNOWLEDGEMENT_INTERVAL_MS);
  acknowledger.received(7, 200);
  assert.deepEqual(sent.at(-1), { atMs: 3.2 * ACKNOWLEDGEMENT_INTERVAL_MS, entries: [[7, 200]] });
});

Deno.test("a stream that ended, and a session that ended, are not acknowledged", async () => {
  const { time, sent, acknowledger } = start();
  acknowledger.received(1, 100);
  acknowledger.received(1, 200);
  acknowledger.forget(1);
  await time.advance(1_000);
  acknowledger.received(2, 100);
  acknowledger.received(2, 200);
  acknowledger.stop();
  await time.advance(1_000);
  assert.deepEqual(sent.map(({ entries }) => entries), [[[1, 100]], [[2, 100]]]);
  assert.equal(time.timers, 0);
});
