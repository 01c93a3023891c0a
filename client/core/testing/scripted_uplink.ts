import {
  type DatagramArrivals,
  REPORT_INTERVAL_MS,
} from "../../../proto/media_stream/arrival_report.ts";
import { toTicks } from "../../../proto/media_stream/report_clock.ts";
import { Uplink } from "../send/uplink.ts";
import { DatagramSender } from "../transport/datagram_sender.ts";
import { ScriptedSession } from "./scripted_session.ts";

/** What a report says of datagrams while none has arrived. */
export const NO_DATAGRAMS: DatagramArrivals = {
  expected: 0,
  received: 0,
  lowestTransitTicks: 0,
  latestTransitTicks: 0,
};

/** An uplink over a scripted session, whose media handler is the test. */
export class ScriptedUplink {
  readonly time = { nowMs: 0 };
  readonly session = new ScriptedSession();
  readonly uplink = new Uplink(
    { session: this.session, datagrams: new DatagramSender(this.session) },
    () => this.time.nowMs,
  );

  /** The media handler reports what has arrived of each stream, just now. */
  report(
    counts: readonly { readonly deliveryNumber: number; readonly receivedBytes: number }[],
    datagrams = NO_DATAGRAMS,
  ): void {
    const arrivedAtTicks = toTicks(this.time.nowMs);
    this.uplink.report({
      nextWithinMs: REPORT_INTERVAL_MS,
      datagrams,
      streams: counts.map(({ deliveryNumber, receivedBytes }) => ({
        deliveryNumber,
        receivedBytes,
        points: [{ receivedBytes, arrivedAtTicks }],
      })),
    });
  }
}
