import type { Logger } from "../../runtime/log.ts";
import type { UsedTokenStore } from "./used_token_store.ts";

/**
 * The store of this process before the one that several share: a token is good when both take it.
 * While the shared one cannot tell, the own one decides alone. That is never open: a join token
 * names this very process as its audience, so no other would have accepted it.
 */
export class LayeredUsedTokenStore implements UsedTokenStore {
  constructor(
    private readonly own: UsedTokenStore,
    private readonly shared: UsedTokenStore,
    private readonly log: Logger,
  ) {}

  async use(tokenId: string, lifetimeMs: number): Promise<boolean> {
    if (!await this.own.use(tokenId, lifetimeMs)) return false;
    try {
      return await this.shared.use(tokenId, lifetimeMs);
    } catch (error) {
      this.log.warn("shared store of used tokens cannot tell", { error });
      return true;
    }
  }
}
