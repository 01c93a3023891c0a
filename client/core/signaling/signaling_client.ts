import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type ClientEnvelope,
  ClientEnvelopeSchema,
  ErrorCode,
  type ServerEnvelope,
  ServerEnvelopeSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { platformScheduler, type Scheduler } from "../crypto/scheduler.ts";
import { DeadlineError } from "../transport/deadline.ts";
import { MessageChannel } from "../transport/message_channel.ts";
import type { WebTransportSession } from "../transport/webtransport_session.ts";
import { Liveness } from "./liveness.ts";
import {
  ANSWER_CASES,
  type Answers,
  type RequestCase,
  type Requests,
  type SignalingEvent,
} from "./requests.ts";
import { SignalingError, SignalingLostError } from "./signaling_error.ts";

/** Version of the signaling protocol. */
const PROTOCOL_VERSION = 1;
/** How long the controller may take to answer a request, milliseconds. */
export const REQUEST_DEADLINE_MS = 10_000;
/** Most requests that wait for an answer at the same time. */
export const MAX_PENDING_REQUESTS = 128;

/** Options of one request. */
export interface RequestOptions<Answer> {
  /** Gives the request up; the answer is ignored when it comes. */
  readonly signal?: AbortSignal;
  /** Called with the answer before any later message is handled, unlike the promise. */
  readonly onAnswer?: (answer: Answer) => void;
}

/** What a signaling client needs. */
export interface SignalingClientOptions {
  /** Called with each event, in order. Must not throw. */
  readonly onEvent: (event: SignalingEvent) => void;
  /**
   * Told the epoch of each message that has one, before it is handled. False ends the session: it
   * speaks for an ownership of the meeting that has ended.
   */
  readonly acceptEpoch?: (epoch: bigint) => boolean;
  readonly now?: () => number;
  readonly scheduler?: Scheduler;
}

interface PendingRequest {
  readonly requestCase: RequestCase;
  answer(message: ServerEnvelope["message"]): void;
  fail(error: Error): void;
}

/**
 * The client's end of a signaling session: requests with typed answers, and events
 * (proto/README.md, "Signaling"). Owns the session: when either goes, the other goes.
 */
export class SignalingClient implements AsyncDisposable {
  readonly #session: WebTransportSession;
  readonly #channel: MessageChannel;
  readonly #onEvent: (event: SignalingEvent) => void;
  readonly #acceptEpoch: (epoch: bigint) => boolean;
  readonly #scheduler: Scheduler;
  readonly #liveness: Liveness;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #lost = Promise.withResolvers<SignalingLostError>();
  #lossError: SignalingLostError | undefined;
  #nextRequestId = 1;
  #running: Promise<void> = Promise.resolve();

  private constructor(
    session: WebTransportSession,
    channel: MessageChannel,
    options: SignalingClientOptions,
  ) {
    this.#session = session;
    this.#channel = channel;
    this.#onEvent = options.onEvent;
    this.#acceptEpoch = options.acceptEpoch ?? (() => true);
    this.#scheduler = options.scheduler ?? platformScheduler;
    this.#liveness = new Liveness({
      now: options.now ?? (() => performance.now()),
      scheduler: this.#scheduler,
      ping: () => {
        this.request("ping", {}).catch(() => undefined);
      },
      onSilence: () =>
        this.#lose(new SignalingLostError("connection-lost", "the controller went silent")),
    });
  }

  /** Opens the signaling stream in `session`, which is established. */
  static async open(
    session: WebTransportSession,
    options: SignalingClientOptions,
  ): Promise<SignalingClient> {
    const channel = new MessageChannel(await session.createBidirectionalStream());
    const client = new SignalingClient(session, channel, options);
    client.#running = client.#run();
    return client;
  }

  /** Resolves when the session is gone, with the reason. Never rejects. */
  get lost(): Promise<SignalingLostError> {
    return this.#lost.promise;
  }

  /**
   * Asks the controller and waits for its answer.
   *
   * @throws {SignalingError} when the controller refuses.
   * @throws {SignalingLostError} when the session is gone, or goes before the answer.
   * @throws {DeadlineError} after {@link REQUEST_DEADLINE_MS}.
   */
  request<C extends RequestCase>(
    requestCase: C,
    value: Requests[C],
    { signal, onAnswer }: RequestOptions<Answers[C]> = {},
  ): Promise<Answers[C]> {
    return new Promise((resolve, reject) => {
      if (this.#lossError !== undefined) return reject(this.#lossError);
      if (signal?.aborted) return reject(signal.reason);
      if (this.#pending.size >= MAX_PENDING_REQUESTS) {
        return reject(
          new SignalingError({
            code: ErrorCode.RATE_LIMITED,
            message: `${MAX_PENDING_REQUESTS} requests wait for their answer`,
            details: {},
          }),
        );
      }
      const requestId = this.#nextRequestId++;
      const settle = (outcome: () => void) => {
        this.#pending.delete(requestId);
        deadline[Symbol.dispose]();
        signal?.removeEventListener("abort", abort);
        outcome();
      };
      const abort = () => settle(() => reject(signal?.reason));
      const deadline = this.#scheduler.after(REQUEST_DEADLINE_MS, () => {
        settle(() => reject(new DeadlineError(`no answer to ${requestCase}`)));
      });
      signal?.addEventListener("abort", abort, { once: true });
      this.#pending.set(requestId, {
        requestCase,
        answer: (message) =>
          settle(() => {
            // The case was compared with the request's before.
            const answer = message.value as Answers[C];
            onAnswer?.(answer);
            resolve(answer);
          }),
        fail: (error) => settle(() => reject(error)),
      });
      try {
        this.#channel.send(encodeRequest(requestId, requestCase, value));
      } catch (error) {
        settle(() => reject(error));
      }
    });
  }

  /** Closes the session; `closeCode` 0 is a normal end. */
  close(closeCode = 0, reason = ""): void {
    this.#lose(new SignalingLostError("closed", reason || "closed by the client", closeCode));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    this.#liveness.start();
    const closed = this.#session.closed.then(
      ({ closeCode = 0, reason = "" }) =>
        new SignalingLostError("closed", `closed by the server: ${reason}`, closeCode),
      (cause) =>
        new SignalingLostError("connection-lost", "the connection failed", undefined, { cause }),
    );
    const ended = this.#channel.receive((message) => this.#onMessage(message)).then(
      () => undefined,
      (cause) =>
        cause instanceof SignalingLostError
          ? cause
          : new SignalingLostError("protocol", "the signaling stream failed", undefined, { cause }),
    );
    // The stream ends together with the session; the session's close code says more, if it comes.
    const streamError = await Promise.race([ended, closed]);
    if (this.#lossError !== undefined) return;
    if (streamError?.closeCode !== undefined || streamError?.reason === "stale-epoch") {
      return this.#lose(streamError);
    }
    this.#lose(
      await this.#withinGrace(
        closed,
        streamError ?? new SignalingLostError("protocol", "the stream ended"),
      ),
    );
  }

  /** The close code that may still be on its way, or else `error`. */
  async #withinGrace(
    closed: Promise<SignalingLostError>,
    error: SignalingLostError,
  ): Promise<SignalingLostError> {
    const grace = Promise.withResolvers<SignalingLostError>();
    using _timer = this.#scheduler.after(CLOSE_CODE_GRACE_MS, () => grace.resolve(error));
    return await Promise.race([closed, grace.promise]);
  }

  #onMessage(bytes: Uint8Array): void {
    this.#liveness.heard();
    const { requestId, message, epoch } = fromBinary(ServerEnvelopeSchema, bytes);
    if (epoch !== 0n && !this.#acceptEpoch(epoch)) {
      throw new SignalingLostError("stale-epoch", "the controller lost the meeting to another");
    }
    if (requestId === 0) {
      if (isEvent(message)) this.#onEvent(message);
      return;
    }
    const pending = this.#pending.get(requestId);
    // An answer that nobody waits for any more came after its deadline.
    if (pending === undefined) return;
    if (message.case === "error") return pending.fail(new SignalingError(message.value));
    const cases: readonly typeof message.case[] = ANSWER_CASES[pending.requestCase];
    if (cases.includes(message.case)) return pending.answer(message);
    throw new SignalingLostError(
      "protocol",
      `${message.case} is no answer to ${pending.requestCase}`,
    );
  }

  #lose(error: SignalingLostError): void {
    if (this.#lossError !== undefined) return;
    this.#lossError = error;
    this.#liveness.stop();
    for (const pending of [...this.#pending.values()]) pending.fail(error);
    this.#channel.close();
    this.#session.close({ closeCode: error.reason === "closed" ? error.closeCode : 0 });
    this.#lost.resolve(error);
  }
}

/** How long after the end of the stream the session's close code is waited for, milliseconds. */
const CLOSE_CODE_GRACE_MS = 200;

function encodeRequest<C extends RequestCase>(
  requestId: number,
  requestCase: C,
  value: Requests[C],
): Uint8Array<ArrayBuffer> {
  // A request's name and its value belong together by the type of `Requests`; TypeScript cannot
  // follow that through the union of the envelope.
  const message = { case: requestCase, value } as ClientEnvelope["message"];
  return toBinary(
    ClientEnvelopeSchema,
    create(ClientEnvelopeSchema, { version: PROTOCOL_VERSION, requestId, message }),
  );
}

function isEvent(message: ServerEnvelope["message"]): message is SignalingEvent {
  switch (message.case) {
    case "participantJoined":
    case "participantLeft":
    case "streamPublished":
    case "streamUnpublished":
    case "streamUpdated":
    case "streamQualityUpdate":
    case "keysDelivered":
    case "encryptionKeysUpdated":
    case "mediaServerChanged":
    case "admissionDecided":
    case "participantUpdated":
    case "meetingUpdated":
    case "lobbyUpdated":
    case "messageReceived":
    case "reactionReceived":
    case "pollUpdated":
    case "voteReceived":
    case "unmuteAsked":
    case "meetingMoved":
    case "resumeSecret":
    case "error":
      return true;
    default:
      // A message of a later version, or one that only makes sense as an answer.
      return false;
  }
}
