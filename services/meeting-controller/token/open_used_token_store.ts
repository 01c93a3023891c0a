import type { Logger } from "../../runtime/log.ts";
import type { Clock } from "../clock.ts";
import { InProcessUsedTokenStore } from "./in_process_used_token_store.ts";
import { LayeredUsedTokenStore } from "./layered_used_token_store.ts";
import { RedisUsedTokenStore } from "./redis_used_token_store.ts";
import type { UsedTokenStore } from "./used_token_store.ts";

/** The store that the configuration asks for. */
export function openUsedTokenStore(options: {
  redisUrl: string | undefined;
  clock: Clock;
  log: Logger;
}): { store: UsedTokenStore } & AsyncDisposable {
  const { redisUrl, clock, log } = options;
  const own = new InProcessUsedTokenStore({ now: () => clock.now() });
  if (redisUrl === undefined) {
    return { store: own, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const shared = RedisUsedTokenStore.connect({ url: redisUrl, log });
  return {
    store: new LayeredUsedTokenStore(own, shared, log),
    [Symbol.asyncDispose]: () => shared[Symbol.asyncDispose](),
  };
}
