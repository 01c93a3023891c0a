import assert from "node:assert/strict";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  ClientEnvelopeSchema,
  ErrorCode,
  type ServerEnvelope,
  ServerEnvelopeSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { readMessages } from "../../../proto/signaling/message_framing.ts";
import type {
  BidirectionalStream,
  WebTransportSession,
} from "../../runtime/webtransport/session.ts";
import { CloseCode } from "../participant/close_code.ts";
import { MAX_INVALID_MESSAGES } from "../session/signaling_session.ts";
import type { RequestInit } from "../testing/signaling_client.ts";
import { framed, type HostileInput } from "./hostile_input.ts";

/** Inputs that are told when something is wrong. */
const TOLD_INPUTS = 50;
/** Closes that others in the meeting may bring about at any time. */
const BY_OTHERS: ReadonlySet<number | undefined> = new Set([
  CloseCode.REMOVED,
  CloseCode.BANNED,
  CloseCode.DENIED,
]);

type Message = ServerEnvelope["message"];

/** What a session was answered so far, by what: `acknowledgement to sendMessage`. */
export type AnswerCounts = Map<string, number>;

/**
 * The client's end of a session that is sent hostile inputs. Keeps account of what has to be
 * answered: each input once, under its request id, but for those behind one that ended the session.
 */
export class HostileSession {
  /** The last inputs, as they went on the stream. */
  readonly #inputs: HostileInput[] = [];
  readonly #owed = new Map<number, HostileInput[]>();
  readonly #session: WebTransportSession;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, (message: Message | undefined) => void>();
  #wake: () => void = () => undefined;
  #owedCount = 0;
  #answeredCount = 0;
  #isOver = false;
  #hasHungUp = false;
  #fault: unknown;
  #invalidMessages = 0;
  #lastError: ErrorCode | undefined;
  #lastRequestId = 0;
  #hasLeft = false;
  /** How many inputs were sent last. */
  #burst = 0;
  #then: HostileInput["then"] = "goes on";
  #closeCode: number | undefined;
  /** Set when another connection of the same participant takes over. */
  isSuperseded = false;
  isAdmitted = false;

  constructor(
    [stream, session]: [BidirectionalStream, WebTransportSession],
    private readonly counts: AnswerCounts,
  ) {
    this.#session = session;
    this.#writer = stream.writable.getWriter();
    this.#writer.closed.catch(() => undefined);
    void this.#read(stream.readable);
    void session.closed.then(({ closeCode }) => {
      this.#closeCode = closeCode;
      this.#finish();
    }, () => this.#finish());
  }

  /** Nothing more is answered. */
  get isOver(): boolean {
    return this.#isOver || this.#then !== "goes on";
  }

  /** How many inputs came that far. */
  get answered(): number {
    return this.#answeredCount;
  }

  /** A request id that rises, as far as the session knows. */
  nextRequestId(): number {
    return ++this.#lastRequestId;
  }

  /** Sends inputs at once, and waits until each is answered or the session has ended. */
  async send(inputs: readonly HostileInput[]): Promise<void> {
    this.#burst = inputs.length;
    for (const input of inputs) {
      this.#note(input);
      // Not awaited: a stream that is told to stop fails, and that is read as its end.
      if (input.bytes.length > 0) this.#writer.write(input.bytes).catch(() => undefined);
    }
    if (this.#then === "ends") this.#writer.close().catch(() => undefined);
    while (this.#owedCount > 0 && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#fault !== undefined) throw this.#failure(this.#fault);
  }

  /** Asks for something that is as it should be; undefined when the session ends. */
  async ask(message: RequestInit): Promise<Message | undefined> {
    const requestId = this.nextRequestId();
    const envelope = create(ClientEnvelopeSchema, { version: 1, requestId, message });
    const answer = new Promise<Message | undefined>((resolve) => {
      this.#waiting.set(requestId, resolve);
    });
    await this.send([framed(toBinary(ClientEnvelopeSchema, envelope))]);
    return this.#isOver && this.#waiting.has(requestId) ? undefined : await answer;
  }

  /** Loses the connection, without a word. */
  hangUp(): void {
    this.#hasHungUp = true;
    this.#session.close();
  }

  /** @throws {assert.AssertionError} when the session ended in a way that nothing explains. */
  check(): void {
    try {
      if (this.#fault !== undefined) throw this.#fault;
      if (this.#closeCode === undefined) {
        assert.ok(!this.isOver, `the session ended, or should have, and was not closed`);
        assert.equal(this.#owedCount, 0, "inputs were not answered");
      } else if (!this.#hasHungUp) {
        assert.ok(this.#explains(this.#closeCode), `closed with code ${this.#closeCode}`);
      }
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #explains(closeCode: number): boolean {
    switch (closeCode) {
      case CloseCode.NORMAL:
        return this.#hasLeft || this.#then === "ends";
      case CloseCode.INVALID_REQUEST:
        // Alone, the input that broke the stream has to be answered before it is closed.
        return this.#invalidMessages >= MAX_INVALID_MESSAGES ||
          (this.#then !== "goes on" && (this.#burst > 1 || this.#owedCount === 0));
      case CloseCode.UNAUTHORIZED:
        return this.#lastError === ErrorCode.UNAUTHORIZED;
      case CloseCode.OVER_LIMIT:
        return this.#lastError === ErrorCode.RATE_LIMITED;
      case CloseCode.TIMEOUT:
        return this.#then === "stalls";
      case CloseCode.SUPERSEDED:
        return this.isSuperseded;
      default:
        return BY_OTHERS.has(closeCode);
    }
  }

  #note(input: HostileInput): void {
    this.#inputs.push(input);
    if (this.#inputs.length > TOLD_INPUTS) this.#inputs.shift();
    this.#then = input.then;
    const { answeredUnder } = input;
    if (answeredUnder === undefined) return;
    this.#owedCount++;
    const owed = this.#owed.get(answeredUnder);
    if (owed === undefined) this.#owed.set(answeredUnder, [input]);
    else owed.push(input);
  }

  async #read(readable: ReadableStream<Uint8Array>): Promise<void> {
    try {
      for await (const bytes of readMessages(readable)) {
        const { requestId, message } = fromBinary(ServerEnvelopeSchema, bytes);
        if (message.case === "admissionDecided") this.isAdmitted = true;
        if (requestId !== 0 || message.case === "error") this.#onAnswer(requestId, message);
      }
    } catch (error) {
      // The end of the session fails the stream.
      if (error instanceof assert.AssertionError) this.#fault ??= error;
    }
    this.#finish();
  }

  #onAnswer(requestId: number, message: Message): void {
    const owed = this.#owed.get(requestId);
    const input = owed?.shift();
    assert.ok(input !== undefined, `${message.case} answers ${requestId}, which nobody asked`);
    if (owed!.length === 0) this.#owed.delete(requestId);
    this.#owedCount--;
    this.#answeredCount++;
    this.#count(input, message);
    if (message.case === "error") this.#onError(message.value.code, message.value.message);
    if (input.request === "leaveRequest" && message.case === "acknowledgement") {
      this.#hasLeft = true;
    }
    this.#waiting.get(requestId)?.(message);
    this.#waiting.delete(requestId);
    if (this.#owedCount === 0) this.#wake();
  }

  #onError(code: ErrorCode, reason: string): void {
    assert.ok(ErrorCode[code] !== undefined && code !== ErrorCode.UNKNOWN, "an error without kind");
    assert.notEqual(code, ErrorCode.INTERNAL_ERROR, reason);
    assert.notEqual(code, ErrorCode.UNAVAILABLE, reason);
    this.#lastError = code;
    if (code === ErrorCode.INVALID_REQUEST) this.#invalidMessages++;
  }

  #count({ request }: HostileInput, message: Message): void {
    const answer = message.case === "error" ? ErrorCode[message.value.code] : message.case;
    const key = `${answer} to ${request ?? "no request"}`;
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  #finish(): void {
    this.#isOver = true;
    this.#wake();
    for (const resolve of this.#waiting.values()) resolve(undefined);
  }

  #failure(cause: unknown): Error {
    const inputs = this.#inputs.map(({ bytes, request = "" }) => `${bytes.toHex()} ${request}`);
    return new Error(`a session fails at the end of\n${inputs.join("\n")}`, { cause });
  }
}
