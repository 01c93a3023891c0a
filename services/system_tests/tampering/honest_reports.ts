import {
  ARRIVAL_REPORT_TYPE,
  type DatagramArrivals,
  encodeArrivalReport,
  REPORT_INTERVAL_MS,
  type StreamArrivals,
} from "../../../proto/media_stream/arrival_report.ts";
import { tickDifference, toTicks } from "../../../proto/media_stream/report_clock.ts";

/**
 * The reports of somebody who receives all that a media handler sends, in place of those of the
 * client behind it, which gets something else.
 */
export class HonestReports {
  /** For the client's datagrams; all but its reports are sent on. */
  readonly fromClient: WritableStream<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #datagrams: DatagramArrivals = {
    expected: 0,
    received: 0,
    lowestTransitTicks: 0,
    latestTransitTicks: 0,
  };

  /** @param datagrams takes datagrams to the media handler. */
  constructor(datagrams: WritableStream<Uint8Array>) {
    this.#writer = datagrams.getWriter();
    this.#writer.closed.catch(() => undefined);
    this.#writer.ready.catch(() => undefined);
    this.fromClient = new WritableStream({
      start: (controller) => {
        this.#writer.closed.catch((error) => controller.error(error));
      },
      write: async (datagram) => {
        if (datagram[0] !== ARRIVAL_REPORT_TYPE) await this.#writer.write(datagram);
      },
    });
  }

  /** So much of a stream has arrived, its header included. */
  streamArrived(deliveryNumber: number, receivedBytes: number): void {
    const points = [{ receivedBytes, arrivedAtTicks: toTicks(performance.now()) }];
    this.#send([{ deliveryNumber, receivedBytes, points }]);
  }

  /** An audio datagram has arrived. */
  datagramArrived(number: number, sentAtTicks: number): void {
    const transitTicks = tickDifference(toTicks(performance.now()), sentAtTicks) >>> 0;
    this.#datagrams = {
      expected: number + 1,
      received: this.#datagrams.received + 1,
      lowestTransitTicks: transitTicks,
      latestTransitTicks: transitTicks,
    };
    this.#send([]);
  }

  #send(streams: readonly StreamArrivals[]): void {
    for (
      const bytes of encodeArrivalReport({
        nextWithinMs: REPORT_INTERVAL_MS,
        datagrams: this.#datagrams,
        streams,
      })
    ) {
      this.#writer.write(bytes).catch(() => undefined);
    }
  }
}
