import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  ClientEnvelopeSchema,
  type ErrorCode,
  type Participant,
  type ServerEnvelope,
  ServerEnvelopeSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { frameMessage, readMessages } from "../../../proto/signaling/message_framing.ts";
import type { SessionCloseInfo, WebTransportSession } from "../../runtime/webtransport/session.ts";

type Init = NonNullable<MessageInitShape<typeof ClientEnvelopeSchema>["message"]>;
export type RequestInit = Exclude<Init, { case: undefined }>;
export type ServerCase = NonNullable<ServerEnvelope["message"]["case"]>;
export type ValueOf<Case extends ServerCase> = Extract<
  ServerEnvelope["message"],
  { case: Case }
>["value"];

/** What one client knows of another: name, and the muted state of each stream. */
export type SeenParticipant = { name: string; streams: Record<string, boolean> };

/** A client for tests: sends requests, keeps the roster as the server tells it. */
export class SignalingClient {
  readonly events: ServerEnvelope["message"][] = [];
  readonly roster = new Map<string, SeenParticipant>();
  readonly closed: Promise<SessionCloseInfo>;
  /** Everything that came, in order, as cases; for checks of the order. */
  readonly arrivals: ServerCase[] = [];
  participantId = "";
  /** The highest epoch so far. */
  epoch = 0n;
  /** Epochs that came after a higher one. */
  readonly fallenEpochs: bigint[] = [];
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers = new Map<number, (message: ServerEnvelope["message"]) => void>();
  readonly #waiting = new Set<() => void>();
  #lastRequestId = 0;

  private constructor(
    readonly session: WebTransportSession,
    private readonly vanish: () => void,
    stream: { readable: ReadableStream<Uint8Array>; writable: WritableStream<Uint8Array> },
  ) {
    this.#writer = stream.writable.getWriter();
    this.#writer.closed.catch(() => undefined);
    this.closed = session.closed.catch(() => ({}));
    this.#read(stream.readable).catch(() => undefined);
  }

  /** @param vanish ends the session as if the connection were lost. */
  static async connect(
    session: WebTransportSession,
    vanish = () => session.close(),
  ): Promise<SignalingClient> {
    await session.ready;
    return new SignalingClient(session, vanish, await session.createBidirectionalStream());
  }

  /** The connection is lost, without a word. */
  lose(): void {
    this.vanish();
  }

  /** Sends a request and returns its answer, whatever it is. */
  async ask(
    message: RequestInit,
    envelope: { requestId?: number; version?: number; traceparent?: string } = {},
  ): Promise<ServerEnvelope["message"]> {
    const { requestId = ++this.#lastRequestId, version = 1, traceparent } = envelope;
    const answer = new Promise<ServerEnvelope["message"]>((resolve) => {
      this.#answers.set(requestId, resolve);
    });
    const traceContext = traceparent === undefined ? undefined : { traceparent };
    await this.sendBytes(frameMessage(toBinary(
      ClientEnvelopeSchema,
      create(ClientEnvelopeSchema, { version, requestId, traceContext, message }),
    )));
    return await answer;
  }

  /** Sends a request that must be answered by `expected`. */
  async request<Case extends ServerCase>(
    message: RequestInit,
    expected: Case,
    traceparent?: string,
  ): Promise<ValueOf<Case>> {
    const answer = await this.ask(message, { traceparent });
    if (answer.case !== expected) throw new Error(`answered ${JSON.stringify(answer.value)}`);
    return answer.value as ValueOf<Case>;
  }

  /** Sends a request that must be refused; the code of the error. */
  async refused(message: RequestInit): Promise<ErrorCode> {
    return (await this.expectError(this.ask(message))).code;
  }

  async expectError(answer: Promise<ServerEnvelope["message"]>): Promise<ValueOf<"error">> {
    const message = await answer;
    if (message.case !== "error") throw new Error(`answered ${message.case}, no error`);
    return message.value;
  }

  /** The error that answers something that had no request id. */
  unnumberedError(): Promise<ValueOf<"error">> {
    return this.event("error");
  }

  async sendBytes(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#writer.write(bytes).catch(() => undefined);
  }

  async endStream(): Promise<void> {
    await this.#writer.close().catch(() => undefined);
  }

  /** The next event of that kind, taken out of {@link events}. */
  async event<Case extends ServerCase>(kind: Case): Promise<ValueOf<Case>> {
    while (true) {
      const index = this.events.findIndex((event) => event.case === kind);
      if (index >= 0) return this.events.splice(index, 1)[0]?.value as ValueOf<Case>;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Resolves once the server has handled all that was sent before, and its events came. */
  async settle(): Promise<void> {
    await this.request({ case: "ping", value: {} }, "pong");
  }

  async #read(readable: ReadableStream<Uint8Array>): Promise<void> {
    for await (const bytes of readMessages(readable)) {
      const { requestId, message, epoch } = fromBinary(ServerEnvelopeSchema, bytes);
      if (epoch !== 0n && epoch < this.epoch) this.fallenEpochs.push(epoch);
      if (epoch > this.epoch) this.epoch = epoch;
      if (message.case !== undefined) this.arrivals.push(message.case);
      this.#learn(message);
      if (requestId === 0) this.events.push(message);
      this.#answers.get(requestId)?.(message);
      this.#answers.delete(requestId);
      for (const wake of this.#waiting) wake();
      this.#waiting.clear();
    }
  }

  #learn(message: ServerEnvelope["message"]): void {
    switch (message.case) {
      case "joinResponse":
        this.participantId = message.value.participantId;
        for (const participant of message.value.existingParticipants) this.#see(participant);
        break;
      case "participantJoined":
        if (message.value.participant) this.#see(message.value.participant);
        break;
      case "participantLeft":
        this.roster.delete(message.value.participantId);
        break;
      case "streamPublished":
      case "streamUpdated": {
        const { participantId, stream } = message.value;
        const seen = this.roster.get(participantId);
        if (seen && stream) seen.streams[stream.streamId] = stream.muted;
        break;
      }
      case "streamUnpublished":
        delete this.roster.get(message.value.participantId)?.streams[message.value.streamId];
    }
  }

  #see({ participantId, name, streams }: Participant): void {
    this.roster.set(participantId, {
      name,
      streams: Object.fromEntries(streams.map(({ streamId, muted }) => [streamId, muted])),
    });
  }
}
