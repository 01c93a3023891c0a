import { InFlightWindow } from "../../../proto/media_stream/in_flight_window.ts";
import { encodeStreamHeader, StreamKind } from "../../../proto/media_stream/stream_header.ts";
import type { AcknowledgementEntry } from "../../../proto/media_stream/acknowledgement.ts";
import type { WebTransportSession } from "../transport/webtransport_session.ts";

/** One unidirectional stream to the media handler, being or already opened. */
export interface UplinkStream {
  readonly window: InFlightWindow;
  /** True when a write failed: the media handler refused the stream, or the session is gone. */
  readonly failed: boolean;
  /** Appends a frame. Never throws. */
  write(frame: Uint8Array): void;
  /** Ends the stream after what was written. */
  close(): void;
}

/** Opens published streams in one media session and hands them their acknowledgements. */
export class Uplink {
  readonly #session: WebTransportSession;
  readonly #now: () => number;
  readonly #streams = new Map<number, { window: InFlightWindow; onAcknowledged: () => void }>();
  #nextDeliveryNumber = 1;

  constructor(session: WebTransportSession, now: () => number) {
    this.#session = session;
    this.#now = now;
  }

  /** Opens a stream at once; what is written before it is open follows when it is. */
  open(options: {
    readonly streamId: string;
    readonly spatialLayer: number;
    readonly sendOrder: number;
    /** More of the stream has been acknowledged. */
    readonly onAcknowledged: () => void;
    readonly onFailed: () => void;
  }): UplinkStream {
    const deliveryNumber = this.#nextDeliveryNumber++;
    const window = new InFlightWindow();
    this.#streams.set(deliveryNumber, { window, onAcknowledged: options.onAcknowledged });
    let failed = false;
    const fail = () => {
      if (failed) return;
      failed = true;
      this.#streams.delete(deliveryNumber);
      options.onFailed();
    };
    const opened = this.#session
      .createUnidirectionalStream({ sendOrder: options.sendOrder })
      .then((writable) => {
        const writer = writable.getWriter();
        writer.closed.catch(fail);
        return writer;
      });
    const write = (bytes: Uint8Array) => {
      window.sent(bytes.length, this.#now());
      opened.then((writer) => writer.write(bytes)).catch(fail);
    };
    write(
      encodeStreamHeader({
        kind: StreamKind.publish,
        streamId: options.streamId,
        spatialLayer: options.spatialLayer,
        deliveryNumber,
      }),
    );
    return {
      window,
      get failed() {
        return failed;
      },
      write(frame) {
        if (!failed) write(frame);
      },
      close: () => {
        this.#streams.delete(deliveryNumber);
        opened.then((writer) => writer.close()).catch(() => undefined);
      },
    };
  }

  /** Takes what the media handler says it has received. */
  acknowledge(entries: readonly AcknowledgementEntry[]): void {
    const nowMs = this.#now();
    for (const { deliveryNumber, receivedBytes } of entries) {
      const stream = this.#streams.get(deliveryNumber);
      // An entry of a closed stream may still arrive; one beyond what was sent is the peer's fault.
      if (stream?.window.acknowledge(receivedBytes, nowMs)) stream.onAcknowledged();
    }
  }
}
