import type { Logger } from "../../runtime/log.ts";
import { isFailure, type MediaCommandScope, type MediaHandler } from "./media_handlers.ts";
import type { MediaRegistrations } from "./media_registrations.ts";

/**
 * Goes on at the media handler that the owner before used: it is told who stays before anybody is
 * registered there, since whoever is not named goes.
 */
export class MediaTakeover {
  #underWay: { readonly from: MediaHandler; readonly done: PromiseWithResolvers<void> } | undefined;

  constructor(
    private readonly options: {
      readonly scope: MediaCommandScope;
      readonly registrations: MediaRegistrations;
      readonly log: Logger;
      readonly failed: (handler: MediaHandler, error: unknown) => void;
    },
  ) {}

  get isUnderWay(): boolean {
    return this.#underWay !== undefined;
  }

  /** These participants stay; `from`: where their media is, unless that is gone. */
  begin(participantIds: Iterable<string>, from: MediaHandler | undefined): void {
    this.options.registrations.expect(participantIds, from !== undefined);
    if (from !== undefined) this.#underWay = { from, done: Promise.withResolvers() };
  }

  /** Resolves once people may be registered. */
  async ended(): Promise<void> {
    await this.#underWay?.done.promise;
  }

  /** Tells the handler of the owner before who stays; any other knows nobody. */
  async tellWhoStays(handler: MediaHandler): Promise<void> {
    const { scope, registrations, log, failed } = this.options;
    if (this.#underWay?.from !== handler) return;
    try {
      registrations.kept(handler, await handler.keepParticipants(scope, registrations.ids()));
    } catch (error) {
      log.warn("telling who stays failed", { error });
      failed(handler, error);
      // It does not know them any more: what it answers is news to them.
      if (isFailure(error, "refused")) registrations.forgetKnown();
    }
    this.end(handler);
  }

  /** The meeting's media is `at` that handler now, or nowhere. */
  end(at: MediaHandler | undefined): void {
    // Whoever was not found at the old place is told of the new one.
    if (this.#underWay?.from !== at) this.options.registrations.forgetKnown();
    this.#underWay?.done.resolve();
    this.#underWay = undefined;
  }

  /** Nobody is to wait for it any more. */
  abandon(): void {
    this.#underWay?.done.resolve();
  }
}
