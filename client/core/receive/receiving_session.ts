import { readAudioDatagram } from "../../../proto/media_stream/audio_datagram.ts";
import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import type { Scheduler } from "../crypto/scheduler.ts";
import type { MediaPath } from "../transport/webtransport_session.ts";
import { ArrivalReporter } from "./arrival_reporter.ts";
import { receiveStream } from "./incoming_stream.ts";

/** Most streams the media handler may have open; more are refused. */
export const MAX_INCOMING_STREAMS = 256;

/** What a receiving session needs. */
export interface ReceivingSessionOptions {
  readonly path: MediaPath;
  readonly onFrame: (frame: Frame) => void;
  /** Media arrived. */
  readonly onArrival: () => void;
  readonly now: () => number;
  readonly scheduler: Scheduler;
}

/** Receives media from one authenticated media session, and reports what has arrived. */
export class ReceivingSession {
  readonly #options: ReceivingSessionOptions;
  readonly #reporter: ArrivalReporter;
  #arrivals = 0;

  constructor(options: ReceivingSessionOptions) {
    this.#options = options;
    const { path, now, scheduler } = options;
    this.#reporter = new ArrivalReporter({
      now,
      scheduler,
      send: (datagram) => path.datagrams.send(datagram),
    });
  }

  /**
   * Takes an audio datagram of the session.
   *
   * @throws {AudioDatagramError} when the bytes are none.
   */
  takeAudio(bytes: Uint8Array): void {
    const { number, sentAtTicks, frames } = readAudioDatagram(bytes);
    for (const frame of frames) this.#options.onFrame(frame);
    this.#arrived();
    // Last, so that nothing keeps sound waiting.
    this.#reporter.audioArrived(number, sentAtTicks);
  }

  /**
   * Receives streams until the session ends or `signal` aborts.
   *
   * @throws when the session fails, or the media handler sends what is no media stream, or not all of
   * it: a media handler does not send a stream again that its reader stopped, another session does.
   */
  async receiveStreams(signal: AbortSignal): Promise<void> {
    const failure = Promise.withResolvers<never>();
    failure.promise.catch(() => undefined);
    let open = 0;
    const reader = this.#options.path.session.incomingUnidirectionalStreams.getReader();
    const stop = () => void reader.cancel().catch(() => undefined);
    signal.addEventListener("abort", stop, { once: true });
    try {
      while (!signal.aborted) {
        const { done, value: readable } = await Promise.race([reader.read(), failure.promise]);
        if (done) return;
        if (open >= MAX_INCOMING_STREAMS) {
          readable.cancel().catch(() => undefined);
          continue;
        }
        open++;
        this.#receiveStream(readable, signal)
          .catch((error) => {
            // A stream that breaks off with its session says nothing of its own.
            if (isGarbage(error)) failure.reject(error);
          })
          .finally(() => open--);
      }
    } finally {
      signal.removeEventListener("abort", stop);
      this.#reporter.stop();
      stop();
    }
  }

  #receiveStream(readable: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<void> {
    return receiveStream(readable, {
      ...this.#options,
      reporter: this.#reporter,
      onArrival: () => this.#arrived(),
      sessionArrivals: () => this.#arrivals,
      signal,
    });
  }

  #arrived(): void {
    this.#arrivals++;
    this.#options.onArrival();
  }
}

function isGarbage(error: unknown): boolean {
  return error instanceof Error &&
    (error.name === "StreamHeaderError" || error.name === "FrameError");
}
