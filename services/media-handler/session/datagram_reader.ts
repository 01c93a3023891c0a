import {
  ARRIVAL_REPORT_TYPE,
  type ArrivalReport,
  ArrivalReportError,
  readArrivalReport,
} from "../../../proto/media_stream/arrival_report.ts";
import {
  AUDIO_DATAGRAM_TYPE,
  AudioDatagramError,
} from "../../../proto/media_stream/audio_datagram.ts";
import type { ServerSession } from "../../runtime/webtransport/session.ts";
import type { Rest, RestTimer } from "./rest_timer.ts";

/** Where a client's arrival reports go; `Subscriber` fits. */
export interface ReportTaker {
  /** Bytes that were sent and not reported. */
  readonly bytesInFlight: number;
  /** Whether something cannot go on for long without hearing from the client. */
  readonly wantsReports: boolean;
  /** Takes a report; returns how many of its entries no honest client sends. */
  report(report: ArrivalReport): number;
}

/** What the reader of a client's datagrams needs. */
export interface DatagramReaderOptions {
  readonly session: ServerSession;
  readonly reports: ReportTaker;
  readonly rests: RestTimer;
  /** Whether sound may come, which must not wait: datagrams are then read as they arrive. */
  readonly expectsSound: () => boolean;
  /**
   * Takes an audio datagram.
   *
   * @throws {AudioDatagramError} when it is none.
   */
  readonly onAudio: (bytes: Uint8Array) => void;
  /** Called with the number of things in a datagram that no honest client sends. */
  readonly onViolation: (count: number) => void;
  /** Called when reading failed because of a fault of ours. */
  readonly onError: (error: unknown) => void;
}

/**
 * Reads a client's datagrams: audio as it arrives, arrival reports when they are needed. Each that
 * is read as it arrives wakes the process, some 30 µs; those that wait until a frame is written are
 * read with it, those of all subscribers in one go (ops/decisions, 2026-11-20).
 */
export class DatagramReader implements Rest {
  readonly #options: DatagramReaderOptions;
  readonly #resume: () => void;
  #resting = false;

  constructor(options: DatagramReaderOptions) {
    this.#options = options;
    this.#resume = options.session.takeDatagrams((bytes) => this.#take(bytes));
  }

  /** Reads until nothing more is needed. */
  wake(): void {
    if (!this.#resting) return;
    this.#resting = false;
    this.#options.rests.remove(this);
    this.#resume();
  }

  /** The session is gone. */
  stop(): void {
    this.#options.rests.remove(this);
  }

  /** Returns whether the next one is wanted at once. */
  #take(bytes: Uint8Array): boolean {
    try {
      this.#resting = this.#dispatch(bytes);
      if (this.#resting) this.#options.rests.add(this);
    } catch (error) {
      if (isMalformed(error)) this.#options.onViolation(1);
      else this.#options.onError(error);
    }
    return !this.#resting;
  }

  /** Returns whether the next one may wait. */
  #dispatch(bytes: Uint8Array): boolean {
    switch (bytes[0]) {
      case ARRIVAL_REPORT_TYPE:
        return this.#report(bytes);
      case AUDIO_DATAGRAM_TYPE:
        this.#options.onAudio(bytes);
        return false;
      default:
        // Of a later version of the protocol.
        return false;
    }
  }

  #report(bytes: Uint8Array): boolean {
    const { reports, expectsSound, onViolation } = this.#options;
    const inFlight = reports.bytesInFlight;
    const impossible = reports.report(readArrivalReport(bytes));
    if (impossible > 0) onViolation(impossible);
    const moved = reports.bytesInFlight < inFlight;
    return moved && impossible === 0 && !reports.wantsReports && !expectsSound();
  }
}

function isMalformed(error: unknown): boolean {
  return error instanceof ArrivalReportError || error instanceof AudioDatagramError;
}
