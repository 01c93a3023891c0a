import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  ACKNOWLEDGEMENT_INTERVAL_MS,
  readAcknowledgements,
} from "../../../proto/media_stream/acknowledgement.ts";
import { ManualClock } from "../testing/manual_clock.ts";
import { ACKNOWLEDGEMENT_REPEATS, UplinkAcknowledger } from "./uplink_acknowledger.ts";

function start() {
  const clock = new ManualClock();
  const sent: Uint8Array[] = [];
  return { clock, sent, acknowledger: new UplinkAcknowledger(clock, (bytes) => sent.push(bytes)) };
}

Deno.test("all that moved in an interval is acknowledged in one datagram", () => {
  const { clock, sent, acknowledger } = start();
  acknowledger.moved(1, 100);
  acknowledger.moved(2, 50);
  acknowledger.moved(1, 300);
  clock.advance(ACKNOWLEDGEMENT_INTERVAL_MS - 1);
  strictEqual(sent.length, 0);
  clock.advance(1);
  deepStrictEqual(readAcknowledgements(sent[0]!), [
    { deliveryNumber: 1, receivedBytes: 300 },
    { deliveryNumber: 2, receivedBytes: 50 },
  ]);
});

Deno.test("the last state is repeated, since a datagram may be lost, and then it is quiet", () => {
  const { clock, sent, acknowledger } = start();
  acknowledger.moved(1, 100);
  clock.advance(10_000);
  strictEqual(sent.length, ACKNOWLEDGEMENT_REPEATS);
  strictEqual(clock.pendingTimers, 0);
});

Deno.test("a stopped acknowledger sends nothing more", () => {
  const { clock, sent, acknowledger } = start();
  acknowledger.moved(1, 100);
  acknowledger.stop();
  acknowledger.moved(1, 200);
  clock.advance(1_000);
  strictEqual(sent.length, 0);
});
