import {
  issueJoinToken,
  JOIN_TOKEN_LIFETIME_S,
  type MeetingRole,
} from "../auth/token/join_token.ts";
import type { TokenKeys } from "../auth/signing/token_keys.ts";
import { type Grant, GRANTS } from "./grant.ts";
import type { NewJoinToken } from "./join_token_record.ts";
import type { JoinTokenStore } from "./join_token_store.ts";

/** A join token and whom it makes of its bearer. */
export interface IssuedJoinToken {
  readonly tokenId: string;
  readonly participantId: string;
  readonly role: MeetingRole;
  readonly grants: readonly Grant[];
  readonly token: string;
  readonly expiresAt: Date;
}

/** Who gets a join token, for which meeting at which meeting controller. */
export type JoinTokenRequest =
  & {
    readonly meetingId: string;
    readonly controllerId: string;
    /** The person's account. */
    readonly userId?: string;
    /** What a backend that admits its own users calls the person. */
    readonly userReference?: string;
    /** The name to appear under; the participant's choice by default. */
    readonly participantName?: string;
    /** What a guest's browser is known by in this meeting. */
    readonly guestId?: string;
    /** The keyed hash of the network that the person comes from. */
    readonly network?: string;
    /** Whether a host has to admit the person; false. */
    readonly mustKnock?: boolean;
    /** At most {@link JOIN_TOKEN_LIFETIME_S}, which is the default. */
    readonly lifetimeS?: number;
  }
  & ({
    readonly role: "host";
    /** All by default. */
    readonly grants?: readonly Grant[];
  } | {
    readonly role: "participant";
    readonly grants: readonly Grant[];
  });

/** Gives out join tokens, and keeps what is needed to revoke them. */
export class JoinTokenIssuer {
  readonly #keys: TokenKeys;
  readonly #store: JoinTokenStore;
  readonly #now: () => number;

  constructor(options: { keys: TokenKeys; store: JoinTokenStore; now?: () => number }) {
    this.#keys = options.keys;
    this.#store = options.store;
    this.#now = options.now ?? (() => Date.now());
  }

  /** A token for a new participant. */
  async issue(request: JoinTokenRequest): Promise<IssuedJoinToken> {
    const grants = request.grants ?? GRANTS;
    const record = this.#recordOf(request);
    const [, signed] = await Promise.all([
      this.#store.add({ ...record, grants }),
      this.#sign(request, record, grants),
    ]);
    return signed;
  }

  /**
   * A token for somebody who comes by a guest link, with the link's grants.
   *
   * @param secretHash SHA-256 of the link's secret.
   * @returns undefined when the link admits nobody to the meeting (any more).
   */
  async issueByGuestLink(
    request: Omit<JoinTokenRequest, "role" | "grants">,
    secretHash: Uint8Array,
  ): Promise<IssuedJoinToken | undefined> {
    const asked = { ...request, role: "participant" as const };
    const record = this.#recordOf(asked);
    const grants = await this.#store.addByGuestLink(record, secretHash);
    return grants && await this.#sign(asked, record, grants);
  }

  #recordOf(request: Omit<JoinTokenRequest, "grants">) {
    const { lifetimeS = JOIN_TOKEN_LIFETIME_S } = request;
    return {
      tokenId: crypto.randomUUID(),
      participantId: crypto.randomUUID(),
      meetingId: request.meetingId,
      role: request.role,
      userId: request.userId ?? null,
      userReference: request.userReference ?? "",
      participantName: request.participantName ?? "",
      expiresAt: new Date((Math.floor(this.#now() / 1_000) + lifetimeS) * 1_000),
    };
  }

  async #sign(
    request: Omit<JoinTokenRequest, "grants">,
    { tokenId, participantId, expiresAt }: Omit<NewJoinToken, "grants">,
    grants: readonly Grant[],
  ): Promise<IssuedJoinToken> {
    const { role } = request;
    const grant = { ...request, tokenId, participantId, grants };
    const issuedAtMs = expiresAt.getTime() - (request.lifetimeS ?? JOIN_TOKEN_LIFETIME_S) * 1_000;
    const { token } = await issueJoinToken(this.#keys, grant, issuedAtMs);
    return { tokenId, participantId, role, grants, token, expiresAt };
  }
}
