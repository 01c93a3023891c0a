import assert from "node:assert/strict";
import {
  ACKNOWLEDGEMENT_INTERVAL_MS,
  readAcknowledgements,
} from "../../../proto/media_stream/acknowledgement.ts";
import { SimulatedTime } from "../testing/simulated_time.ts";
import { Acknowledger, MAX_REPEATS } from "./acknowledger.ts";

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

Deno.test("streams that moved are acknowledged together at each interval", async () => {
  const { time, sent, acknowledger } = start();
  acknowledger.received(1, 100);
  acknowledger.received(2, 50);
  acknowledger.received(1, 300);
  await time.advance(ACKNOWLEDGEMENT_INTERVAL_MS);
  assert.deepEqual(sent, [{ atMs: ACKNOWLEDGEMENT_INTERVAL_MS, entries: [[1, 300], [2, 50]] }]);
});

Deno.test("the last count is repeated less and less often, then nothing is sent", async () => {
  const { time, sent, acknowledger } = start();
  acknowledger.received(7, 100);
  await time.advance(60_000);
  const intervals = sent.map(({ atMs }) => atMs / ACKNOWLEDGEMENT_INTERVAL_MS);
  assert.deepEqual(intervals, [1, 3, 7, 15, 31, 63]);
  assert.equal(sent.length, 1 + MAX_REPEATS);
  assert.equal(time.timers, 0);
});

Deno.test("a stream that moves again is acknowledged at the next interval", async () => {
  const { time, sent, acknowledger } = start();
  acknowledger.received(7, 100);
  await time.advance(3.2 * ACKNOWLEDGEMENT_INTERVAL_MS);
  acknowledger.received(7, 200);
  await time.advance(0.8 * ACKNOWLEDGEMENT_INTERVAL_MS);
  assert.deepEqual(sent.at(-1), { atMs: 4 * ACKNOWLEDGEMENT_INTERVAL_MS, entries: [[7, 200]] });
});

Deno.test("a stream that ended, and a session that ended, are not acknowledged", async () => {
  const { time, sent, acknowledger } = start();
  acknowledger.received(1, 100);
  acknowledger.forget(1);
  await time.advance(1_000);
  acknowledger.received(2, 100);
  acknowledger.stop();
  await time.advance(1_000);
  assert.deepEqual(sent, []);
  assert.equal(time.timers, 0);
});
