import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  MediaClientEnvelopeSchema,
  type MediaServerEnvelope,
  MediaServerEnvelopeSchema,
} from "../../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import { type Frame, FrameParser } from "../../../proto/media_frame/frame_parser.ts";
import {
  ARRIVAL_REPORT_TYPE,
  type DatagramArrivals,
  encodeArrivalReport,
  readArrivalReport,
  REPORT_INTERVAL_MS,
} from "../../../proto/media_stream/arrival_report.ts";
import {
  AUDIO_DATAGRAM_TYPE,
  encodeAudioDatagram,
  readAudioDatagram,
} from "../../../proto/media_stream/audio_datagram.ts";
import { tickDifference, toTicks } from "../../../proto/media_stream/report_clock.ts";
import {
  encodeStreamHeader,
  readStreamHeader,
  STREAM_HEADER_LENGTH,
  type StreamHeader,
  StreamKind,
} from "../../../proto/media_stream/stream_header.ts";
import { frameMessage, MessageParser } from "../../../proto/signaling/message_framing.ts";
import type { WebTransportSession } from "../../runtime/webtransport/session.ts";
import { ChunkReader } from "../ingress/chunk_reader.ts";

/** A stream that the media handler opened, as far as it has arrived. */
export interface ReceivedStream {
  header: StreamHeader | undefined;
  readonly frames: Frame[];
  /** Sizes of the pieces that it arrived in. */
  readonly chunks: number[];
  receivedBytes: number;
  ended: boolean;
}

/** The client's end of a media session, reduced to what tests look at. */
export class TestClient {
  readonly session: WebTransportSession;
  /** Messages on the control stream, in order. */
  readonly messages: MediaServerEnvelope["message"][] = [];
  /** Whether nothing more comes on the control stream. */
  controlEnded = false;
  /** Streams that the media handler opened, in order. */
  readonly streams: ReceivedStream[] = [];
  /** Audio frames that came in datagrams, repeated ones too, in order. */
  readonly datagramFrames: Frame[] = [];
  /** Bytes that the media handler reported to have arrived, by delivery number. */
  readonly reported = new Map<number, number>();
  /** What it reported last of the audio datagrams. */
  reportedDatagrams: DatagramArrivals | undefined;
  readonly #control: Promise<WritableStreamDefaultWriter<Uint8Array>>;
  readonly #datagrams: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reports: boolean;
  readonly #now: () => number;
  #nextDeliveryNumber = 1;
  #nextDatagramNumber = 0;
  #arrivals: DatagramArrivals = {
    expected: 0,
    received: 0,
    lowestTransitTicks: 0,
    latestTransitTicks: 0,
  };

  /**
   * @param options.reports whether each piece of a stream is reported as it arrives.
   * @param options.now the client's clock, milliseconds.
   */
  constructor(
    session: WebTransportSession,
    options: { reports?: boolean; now?: () => number } = {},
  ) {
    this.session = session;
    this.#reports = options.reports ?? true;
    this.#now = options.now ?? (() => performance.now());
    this.#datagrams = session.datagrams.writable.getWriter();
    this.#control = this.#openControl();
    this.#control.catch(() => undefined);
    this.#readStreams().catch(() => undefined);
    this.#readDatagrams().catch(() => undefined);
  }

  /** Sends a message on the control stream. */
  async send(message: MessageInitShape<typeof MediaClientEnvelopeSchema>["message"]) {
    const envelope = create(MediaClientEnvelopeSchema, { version: 1, message });
    await this.sendBytes(frameMessage(toBinary(MediaClientEnvelopeSchema, envelope)));
  }

  /** Sends raw bytes on the control stream. */
  async sendBytes(bytes: Uint8Array) {
    await (await this.#control).write(bytes);
  }

  /** Ends the client's side of the control stream. */
  async endControl() {
    await (await this.#control).close();
  }

  async authenticate(connectionToken: string) {
    await this.send({ case: "authenticate", value: { connectionToken } });
    await this.until(() => this.messages.length > 0);
  }

  /** Opens a stream with a publish header. */
  async publish(
    streamId: string,
    options: { spatialLayer?: number; kind?: StreamKind; deliveryNumber?: number } = {},
  ): Promise<WritableStreamDefaultWriter<Uint8Array>> {
    const writer = await this.openStream();
    await writer.write(encodeStreamHeader({
      kind: options.kind ?? StreamKind.publish,
      spatialLayer: options.spatialLayer ?? 0,
      deliveryNumber: options.deliveryNumber ?? this.#nextDeliveryNumber++,
      streamId,
    }));
    return writer;
  }

  /** Opens a stream without a header. */
  async openStream(): Promise<WritableStreamDefaultWriter<Uint8Array>> {
    const writer = (await this.session.createUnidirectionalStream()).getWriter();
    writer.closed.catch(() => undefined);
    writer.ready.catch(() => undefined);
    return writer;
  }

  /** Reports that so many bytes of a stream have arrived just now. */
  async report(deliveryNumber: number, receivedBytes: number) {
    const points = [{ receivedBytes, arrivedAtTicks: toTicks(this.#now()) }];
    await this.#sendReport([{ deliveryNumber, receivedBytes, points }]);
  }

  /** Sends audio frames in one datagram. */
  async sendAudio(...frames: readonly Frame[]) {
    const bytes = frames.map((frame) => frame.bytes);
    const sentAtTicks = toTicks(this.#now());
    await this.sendDatagram(encodeAudioDatagram(this.#nextDatagramNumber++, sentAtTicks, bytes));
  }

  async sendDatagram(bytes: Uint8Array) {
    await this.#datagrams.write(bytes);
  }

  /** All that arrived of one media stream. */
  stream(streamId: string): ReceivedStream | undefined {
    return this.streams.find(({ header }) => header?.streamId === streamId);
  }

  /** Sequence numbers of the frames of one media stream, in the order of arrival. */
  sequences(streamId: string): number[] {
    return [...this.streams.flatMap(({ frames }) => frames), ...this.datagramFrames]
      .filter(({ header }) => header.streamId === streamId)
      .map(({ header }) => header.sequence);
  }

  /** Errors that the media handler sent. */
  get errors() {
    return this.messages.flatMap((message) => message.case === "error" ? [message.value] : []);
  }

  /** Key frames that the media handler asked for. */
  get keyFrameRequests() {
    return this.messages.flatMap((m) => m.case === "keyFrameRequest" ? [m.value] : []);
  }

  /** Newest demand for each layer of a stream, bits per second, as the media handler told it. */
  demand(streamId: string): number[] | undefined {
    const demands = this.messages.flatMap((m) => m.case === "layerDemand" ? [m.value] : []);
    return demands.findLast((demand) => demand.streamId === streamId)?.layers
      .map(({ maxBitrate }) => maxBitrate);
  }

  /** Who speaks, as the media handler told last: ids of participants. */
  get speakers(): string[] | undefined {
    return this.messages.flatMap((m) => m.case === "activeSpeakers" ? [m.value] : [])
      .at(-1)?.speakers.map(({ participantId }) => participantId);
  }

  /** Resolves once `condition` holds; fails when it never does. */
  until(condition: () => boolean): Promise<void> {
    return until(condition);
  }

  async #openControl() {
    const { readable, writable } = await this.session.createBidirectionalStream();
    const parser = new MessageParser();
    const read = async () => {
      for await (const chunk of readable) {
        parser.push(chunk, (bytes) => {
          this.messages.push(fromBinary(MediaServerEnvelopeSchema, bytes).message);
        });
      }
    };
    read().catch(() => undefined).finally(() => this.controlEnded = true);
    const writer = writable.getWriter();
    writer.closed.catch(() => undefined);
    writer.ready.catch(() => undefined);
    return writer;
  }

  async #readStreams() {
    for await (const readable of this.session.incomingUnidirectionalStreams) {
      const stream: ReceivedStream = {
        header: undefined,
        frames: [],
        chunks: [],
        receivedBytes: 0,
        ended: false,
      };
      this.streams.push(stream);
      this.#readStream(readable, stream).catch(() => undefined)
        .finally(() => stream.ended = true);
    }
  }

  async #readStream(readable: ReadableStream<Uint8Array>, stream: ReceivedStream) {
    const parser = new FrameParser();
    let head: Uint8Array<ArrayBuffer> | undefined = new Uint8Array(0);
    const reader = new ChunkReader(readable, 64 * 1024);
    for (let chunk = await reader.read(); chunk; chunk = await reader.read()) {
      stream.receivedBytes += chunk.length;
      stream.chunks.push(chunk.length);
      let rest = chunk;
      if (head !== undefined) {
        head = new Uint8Array([...head, ...chunk]);
        if (head.length < STREAM_HEADER_LENGTH) continue;
        stream.header = readStreamHeader(head);
        rest = head.subarray(STREAM_HEADER_LENGTH);
        head = undefined;
      }
      if (stream.header!.kind !== StreamKind.padding) {
        parser.push(rest, (frame) => stream.frames.push(frame));
      }
      if (this.#reports) await this.report(stream.header!.deliveryNumber, stream.receivedBytes);
    }
  }

  async #readDatagrams() {
    for await (const datagram of this.session.datagrams.readable) {
      if (datagram[0] === ARRIVAL_REPORT_TYPE) this.#takeReport(datagram);
      else if (datagram[0] === AUDIO_DATAGRAM_TYPE) await this.#takeAudio(datagram);
    }
  }

  #takeReport(datagram: Uint8Array) {
    const { datagrams, streams } = readArrivalReport(datagram);
    this.reportedDatagrams = datagrams;
    for (const { deliveryNumber, receivedBytes } of streams) {
      this.reported.set(deliveryNumber, receivedBytes);
    }
  }

  async #takeAudio(datagram: Uint8Array) {
    const { number, sentAtTicks, frames } = readAudioDatagram(datagram);
    this.datagramFrames.push(...frames);
    const transitTicks = tickDifference(toTicks(this.#now()), sentAtTicks);
    this.#arrivals = {
      expected: number + 1,
      received: this.#arrivals.received + 1,
      lowestTransitTicks: transitTicks,
      latestTransitTicks: transitTicks,
    };
    if (this.#reports) await this.#sendReport([]);
  }

  async #sendReport(streams: Parameters<typeof encodeArrivalReport>[0]["streams"]) {
    for (
      const bytes of encodeArrivalReport({
        nextWithinMs: REPORT_INTERVAL_MS,
        datagrams: this.#arrivals,
        streams,
      })
    ) {
      await this.sendDatagram(bytes);
    }
  }
}

/** How long a condition may take to come true, milliseconds. */
const CONDITION_DEADLINE_MS = 10_000;

/** Resolves once `condition` holds; fails after {@link CONDITION_DEADLINE_MS}. */
export async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + CONDITION_DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`never came true: ${condition}`);
    await turnOfTheLoop();
  }
}

/** Lets everything that is ready run. */
export async function settle(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await turnOfTheLoop();
}

function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
