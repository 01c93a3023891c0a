import { create } from "@bufbuild/protobuf";
import {
  type MediaServerInfo,
  MediaServerInfoSchema,
  type MediaStream,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type {
  KeptParticipants,
  MediaCallOptions,
  MediaCommandScope,
  MediaHandler,
} from "./media_handlers.ts";
import type { Clock } from "../clock.ts";
import type { MediaPlan } from "./media_plan.ts";

/** Participants registered side by side when a meeting moves. */
export const REGISTRATIONS_AT_ONCE = 16;

/**
 * How long a registration is as good as a new one, milliseconds: a media handler forgets those
 * without a session, but after much longer.
 */
export const REGISTRATION_FRESH_MS = 60_000;

interface Registration {
  /** Undefined: nowhere, until all is made again. */
  at: MediaHandler | undefined;
  /** Undefined: the one that the owner before got, and told. */
  token: string | undefined;
  /** What the handler answered, and when, monotonic milliseconds. */
  answer?: { readonly info: MediaServerInfo; readonly atMs: number };
}

/** Who of a meeting is to be registered at its media handler, and where each one is. */
export class MediaRegistrations {
  readonly #registered = new Map<string, Registration>();

  constructor(
    private readonly options: {
      readonly scope: MediaCommandScope;
      readonly e2eEncryption: () => boolean;
      readonly plan: Pick<MediaPlan, "streamsOf" | "moved">;
      readonly clock: Pick<Clock, "now">;
    },
  ) {}

  get size(): number {
    return this.#registered.size;
  }

  ids(): string[] {
    return [...this.#registered.keys()];
  }

  /** They are to be registered; `known`: the owner before did so, and told them their tokens. */
  expect(participantIds: Iterable<string>, known: boolean): void {
    const token = known ? undefined : "";
    for (const id of participantIds) this.#registered.set(id, { at: undefined, token });
  }

  /** The participant is registered there, and gets this. */
  put(participantId: string, at: MediaHandler, info: MediaServerInfo): void {
    const answer = { info, atMs: this.options.clock.now() };
    this.#registered.set(participantId, { at, token: info.connectionToken, answer });
  }

  /** What was answered when the participant was registered there, if that is not long ago. */
  freshAt(handler: MediaHandler, participantId: string): MediaServerInfo | undefined {
    const { at, answer } = this.#registered.get(participantId) ?? {};
    if (at !== handler || answer === undefined) return undefined;
    const ageMs = this.options.clock.now() - answer.atMs;
    return ageMs < REGISTRATION_FRESH_MS ? answer.info : undefined;
  }

  /** These are registered there still, for the owner before. */
  kept(handler: MediaHandler, { connectionTokens, mediaHandlerUrl }: KeptParticipants): void {
    for (const [participantId, connectionToken] of Object.entries(connectionTokens)) {
      if (!this.#registered.has(participantId)) continue;
      this.#moved(handler, participantId, infoOf(handler, { connectionToken, mediaHandlerUrl }));
    }
  }

  /** @returns whether the participant was to be registered. */
  delete(participantId: string): boolean {
    return this.#registered.delete(participantId);
  }

  /** All are to be registered again, wherever they are. */
  invalidate(): void {
    for (const registration of this.#registered.values()) registration.at = undefined;
  }

  /** What the owner before told is worth nothing: everyone is told of the next registration. */
  forgetKnown(): void {
    for (const registration of this.#registered.values()) registration.token ??= "";
  }

  /** Registers somebody; whether it counts is for the caller to say. Rejects as the handler does. */
  async registerAt(
    handler: MediaHandler,
    participantId: string,
    streams: readonly MediaStream[],
    call: MediaCallOptions,
  ): Promise<MediaServerInfo> {
    const { scope, e2eEncryption } = this.options;
    const answer = await handler.registerParticipant({
      ...scope,
      participantId,
      streams,
      e2eEncryption: e2eEncryption(),
    }, call);
    return infoOf(handler, answer);
  }

  /**
   * Registers all who are not there yet, and tells those for whom that is news.
   *
   * @param on.left the participant left while the call was under way.
   * @returns whether none failed.
   */
  async registerAllAt(handler: MediaHandler, on: {
    readonly failed: (participantId: string, error: unknown) => void;
    readonly left: (participantId: string) => void;
  }): Promise<boolean> {
    const waiting = [...this.#registered].filter(([, { at }]) => at !== handler).map(([id]) => id);
    let failed = false;
    const registerSome = async () => {
      for (let id = waiting.pop(); id !== undefined && !failed; id = waiting.pop()) {
        try {
          const streams = this.options.plan.streamsOf(id);
          const info = await this.registerAt(handler, id, streams, {});
          if (this.#registered.has(id)) this.#moved(handler, id, info);
          else on.left(id);
        } catch (error) {
          failed = true;
          on.failed(id, error);
        }
      }
    };
    await Promise.all(Array.from({ length: REGISTRATIONS_AT_ONCE }, registerSome));
    return !failed;
  }

  #moved(handler: MediaHandler, participantId: string, info: MediaServerInfo): void {
    const before = this.#registered.get(participantId)?.token;
    this.put(participantId, handler, info);
    // The same handler may still know it: then its connection is as good as before.
    if (before !== undefined && before !== info.connectionToken) {
      this.options.plan.moved(participantId, info);
    }
  }
}

function infoOf(
  handler: MediaHandler,
  { connectionToken, mediaHandlerUrl }: { connectionToken: string; mediaHandlerUrl: string },
): MediaServerInfo {
  return create(MediaServerInfoSchema, {
    connectionToken,
    mediaHandlerUrl: mediaHandlerUrl === "" ? handler.endpoint : mediaHandlerUrl,
    certificateHashes: [...handler.certificateHashes],
  });
}
