import { create } from "@bufbuild/protobuf";
import {
  type MediaServerInfo,
  MediaServerInfoSchema,
  type MediaStream,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { MediaCallOptions, MediaCommandScope, MediaHandler } from "./media_handlers.ts";
import type { MediaPlan } from "./media_plan.ts";

/** Participants registered side by side when a meeting moves. */
export const REGISTRATIONS_AT_ONCE = 16;

interface Registration {
  /** Undefined: nowhere, until all is made again. */
  at: MediaHandler | undefined;
  /** Undefined: the one that the owner before got, and told. */
  token: string | undefined;
}

/** Who of a meeting is to be registered at its media handler, and where each one is. */
export class MediaRegistrations {
  readonly #registered = new Map<string, Registration>();

  constructor(
    private readonly options: {
      readonly scope: MediaCommandScope;
      readonly e2eEncryption: () => boolean;
      readonly plan: Pick<MediaPlan, "streamsOf" | "moved">;
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

  /** The participant is registered there. */
  put(participantId: string, at: MediaHandler, token: string): void {
    this.#registered.set(participantId, { at, token });
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
    const { connectionToken, mediaHandlerUrl } = await handler.registerParticipant({
      ...scope,
      participantId,
      streams,
      e2eEncryption: e2eEncryption(),
    }, call);
    return create(MediaServerInfoSchema, {
      connectionToken,
      mediaHandlerUrl: mediaHandlerUrl === "" ? handler.endpoint : mediaHandlerUrl,
      certificateHashes: [...handler.certificateHashes],
    });
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
    this.put(participantId, handler, info.connectionToken);
    // The same handler may still know it: then its connection is as good as before.
    if (before !== undefined && before !== info.connectionToken) {
      this.options.plan.moved(participantId, info);
    }
  }
}
