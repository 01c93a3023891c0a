import { type CallOptions, type Client, Code, ConnectError } from "@connectrpc/connect";
import {
  type MediaHandlerInfo,
  type MediaHandlerService,
  type MediaTelemetryReport,
  type RouteMediaCommand,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type { MediaStream } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import {
  isFailure,
  type KeptParticipants,
  type MediaCallOptions,
  type MediaCommandScope,
  type MediaHandler,
  MediaHandlerError,
  type MediaHandlerFailure,
} from "./media_handlers.ts";

/** How long one attempt of a call may take, milliseconds. */
export const MEDIA_CALL_LIMIT_MS = 2_000;

/** Codes by which a process that lives refuses; all others mean that it did not answer. */
const ANSWERED: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.NotFound,
  Code.AlreadyExists,
  Code.PermissionDenied,
  Code.Unauthenticated,
  Code.ResourceExhausted,
  Code.Aborted,
  Code.OutOfRange,
  Code.Unimplemented,
  Code.Internal,
  Code.DataLoss,
]);

/** A media handler over Connect RPC. */
export class RpcMediaHandler implements MediaHandler {
  readonly #gone = new AbortController();
  /** Of each call under way. Not `gone` itself: as many listen to that as there are meetings. */
  readonly #underWay = new Set<AbortController>();
  readonly #client: Client<typeof MediaHandlerService>;

  /** @param client of `info.rpc_endpoint`. */
  constructor(readonly info: MediaHandlerInfo, client: Client<typeof MediaHandlerService>) {
    this.#client = client;
  }

  get handlerId(): string {
    return this.info.handlerId;
  }

  get endpoint(): string {
    return this.info.endpoint;
  }

  get certificateHashes(): readonly Uint8Array[] {
    return this.info.certificateHashes;
  }

  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** Takes the process for dead from now on. */
  abandon(): void {
    const reason = new MediaHandlerError("unreachable", "the media handler is gone");
    this.#gone.abort(reason);
    for (const call of this.#underWay) call.abort(reason);
  }

  async registerParticipant(
    request: MediaCommandScope & {
      participantId: string;
      streams: readonly MediaStream[];
      e2eEncryption: boolean;
    },
    options: MediaCallOptions,
  ): Promise<{ connectionToken: string; mediaHandlerUrl: string }> {
    const message = { ...request, streams: [...request.streams] };
    return await this.#call((call) => this.#client.registerParticipant(message, call), options);
  }

  async routeMedia(
    scope: MediaCommandScope,
    commands: readonly RouteMediaCommand[],
    options: MediaCallOptions,
  ): Promise<void> {
    const message = { ...scope, commands: [...commands] };
    await this.#call((call) => this.#client.routeMedia(message, call), options);
  }

  async removeParticipant(scope: MediaCommandScope, participantId: string): Promise<void> {
    const message = { ...scope, participantId };
    await this.#call((call) => this.#client.removeParticipant(message, call), {});
  }

  async keepParticipants(
    scope: MediaCommandScope,
    participantIds: readonly string[],
  ): Promise<KeptParticipants> {
    const message = { ...scope, participantIds: [...participantIds] };
    return await this.#call((call) => this.#client.keepParticipants(message, call), {});
  }

  /**
   * What it measures and who is connected, until the connection ends; the first report names
   * everyone who is connected. Rejects with {@link MediaHandlerError}.
   */
  async *reports(signal: AbortSignal): AsyncGenerator<MediaTelemetryReport> {
    try {
      // A stream without an end has no time limit.
      yield* this.#client.streamTelemetry({}, { signal, timeoutMs: 0 });
    } catch (error) {
      throw asMediaHandlerError(error);
    }
  }

  /** Every call is idempotent, so one that got no answer is made a second time. */
  async #call<Answer>(
    attempt: (options: CallOptions) => Promise<Answer>,
    { traceparent }: MediaCallOptions,
  ): Promise<Answer> {
    const headers = traceparent === undefined ? {} : { headers: { traceparent } };
    const once = async () => {
      const ending = new AbortController();
      if (this.gone.aborted) ending.abort(this.gone.reason);
      this.#underWay.add(ending);
      try {
        const { signal } = ending;
        return await attempt({ timeoutMs: MEDIA_CALL_LIMIT_MS, signal, ...headers });
      } catch (error) {
        throw asMediaHandlerError(error);
      } finally {
        this.#underWay.delete(ending);
      }
    };
    try {
      return await once();
    } catch (error) {
      if (!isFailure(error, "unreachable") || this.gone.aborted) throw error;
    }
    return await once();
  }
}

function asMediaHandlerError(error: unknown): MediaHandlerError {
  const { code, message } = ConnectError.from(error);
  return new MediaHandlerError(failureOf(code), message, { cause: error });
}

function failureOf(code: Code): MediaHandlerFailure {
  if (code === Code.FailedPrecondition) return "stale";
  return ANSWERED.has(code) ? "refused" : "unreachable";
}
