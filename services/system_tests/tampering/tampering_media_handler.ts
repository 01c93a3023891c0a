import { type Frame, FrameParser } from "../../../proto/media_frame/frame_parser.ts";
import {
  AUDIO_DATAGRAM_PREFIX_LENGTH,
  AUDIO_DATAGRAM_TYPE,
  encodeAudioDatagram,
  MAX_AUDIO_DATAGRAM_LENGTH,
  readAudioDatagram,
} from "../../../proto/media_stream/audio_datagram.ts";
import {
  readStreamHeader,
  STREAM_HEADER_LENGTH,
  StreamKind,
} from "../../../proto/media_stream/stream_header.ts";
import type { WebTransportSession } from "../../../client/core/transport/webtransport_session.ts";
import { HonestReports } from "./honest_reports.ts";
import { below, type Tampering } from "./tampering.ts";

/** Frames that are kept for being sent again. */
const MAX_EARLIER_FRAMES = 512;

/** What is done to the frames that pass, and to how many of them. */
export interface TamperingPlan {
  readonly tamperings: readonly Tampering[];
  /** Share of the frames that are tampered with, 0 to 1. */
  readonly ratio: number;
}

/** What passed a {@link TamperingMediaHandler}. */
export interface PassedFrames {
  readonly untouched: number;
  readonly tampered: number;
}

/**
 * A media handler that tampers with what it forwards, made of an honest one and something between
 * it and its clients: frames on streams and in audio datagrams are changed on their way to the
 * clients. The honest one hears of all that it sent, as if the way were clean.
 */
export class TamperingMediaHandler {
  /** Undefined: everything passes as it is. */
  plan: TamperingPlan | undefined;
  /** Streams of the meeting, for frames to be moved to. */
  readonly streamIds: string[] = [];
  readonly #random: () => number;
  readonly #earlier: Frame[] = [];
  readonly #passed = { untouched: 0, tampered: 0 };

  /** @param random from 0 to below 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  get passed(): PassedFrames {
    return { ...this.#passed };
  }

  /** What the client gets in place of `session`, which it opened to the honest media handler. */
  between(session: WebTransportSession): WebTransportSession {
    const reports = new HonestReports(session.datagrams.writable);
    const replaced: Partial<Record<PropertyKey, unknown>> = {
      incomingUnidirectionalStreams: session.incomingUnidirectionalStreams.pipeThrough(
        new TransformStream<ReadableStream<Uint8Array>, ReadableStream<Uint8Array>>({
          transform: (stream, controller) => {
            controller.enqueue(stream.pipeThrough(this.#streamTampering(reports)));
          },
        }),
      ),
      datagrams: {
        readable: session.datagrams.readable.pipeThrough(this.#datagramTampering(reports)),
        writable: reports.fromClient,
      },
    };
    return new Proxy(session, {
      get(target, property) {
        if (property in replaced) return replaced[property];
        const value = Reflect.get(target, property, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  #streamTampering(reports: HonestReports): TransformStream<Uint8Array, Uint8Array> {
    const parser = new FrameParser();
    const later: Uint8Array[] = [];
    let head = new Uint8Array(0);
    let receivedBytes = 0;
    return new TransformStream({
      transform: (chunk, controller) => {
        receivedBytes += chunk.length;
        let rest = chunk;
        if (head.length < STREAM_HEADER_LENGTH) {
          const missing = STREAM_HEADER_LENGTH - head.length;
          head = Uint8Array.from([...head, ...chunk.subarray(0, missing)]);
          if (head.length < STREAM_HEADER_LENGTH) return;
          controller.enqueue(head);
          rest = chunk.subarray(missing);
        }
        const { kind, deliveryNumber } = readStreamHeader(head);
        reports.streamArrived(deliveryNumber, receivedBytes);
        if (kind === StreamKind.padding) return controller.enqueue(rest.slice());
        parser.push(rest, (frame) => {
          for (const bytes of this.#pass(frame, later)) controller.enqueue(bytes.slice());
        });
      },
    });
  }

  #datagramTampering(reports: HonestReports): TransformStream<Uint8Array, Uint8Array> {
    const later: Uint8Array[] = [];
    return new TransformStream({
      transform: (datagram, controller) => {
        if (datagram[0] !== AUDIO_DATAGRAM_TYPE) return controller.enqueue(datagram);
        const { number, sentAtTicks, frames } = readAudioDatagram(datagram);
        reports.datagramArrived(number, sentAtTicks);
        const passed = fitting(frames.flatMap((frame) => this.#pass(frame, later)));
        if (passed.length === 0) return;
        controller.enqueue(encodeAudioDatagram(number, sentAtTicks, passed));
      },
    });
  }

  /** What is sent on when `frame` comes. */
  #pass(frame: Frame, later: Uint8Array[]): Uint8Array[] {
    const behind = later.splice(0);
    const sent = this.#tamper(frame, later);
    this.#earlier.push(frame);
    if (this.#earlier.length > MAX_EARLIER_FRAMES) this.#earlier.shift();
    return [...sent, ...behind];
  }

  #tamper(frame: Frame, later: Uint8Array[]): Uint8Array[] {
    if (
      this.plan === undefined || this.#random() >= this.plan.ratio || this.#earlier.length === 0
    ) {
      this.#passed.untouched++;
      return [frame.bytes];
    }
    this.#passed.tampered++;
    const { tamperings } = this.plan;
    return tamperings[below(tamperings.length, this.#random)]!({
      frame,
      earlier: this.#earlier,
      streamIds: this.streamIds,
      sendLater: (bytes) => later.push(bytes),
      random: this.#random,
    });
  }
}

/** The first of these frames that one datagram holds: there may be more than were sent. */
function fitting(frames: readonly Uint8Array[]): Uint8Array[] {
  let length = AUDIO_DATAGRAM_PREFIX_LENGTH;
  return frames.filter((frame) => (length += frame.length) <= MAX_AUDIO_DATAGRAM_LENGTH);
}
