import { createHmac } from "node:crypto";

/** What somebody who joins is known by in one meeting, should a host ban them. */
export interface JoinOrigin {
  /** What a guest's browser is known by; undefined: no browser, or not a guest's. */
  readonly guestId?: string;
  /** The network; undefined: unknown. */
  readonly network?: string;
}

/** What the key is derived for, apart from all other uses of the secret. */
const KEY_LABEL = "origins of those who join";

/**
 * Names browsers and networks by keyed hashes (HMAC-SHA-256, 43 base64url characters) that differ
 * from meeting to meeting: what a meeting keeps of a guest tells nothing anywhere else.
 */
export class JoinOrigins {
  readonly #key: Uint8Array;

  /** @param secret shared by all global controllers, at least 32 characters. */
  constructor(secret: string) {
    this.#key = createHmac("sha256", secret).update(KEY_LABEL).digest();
  }

  /**
   * @param addressGroup the network that the call comes from (`addressGroup`); empty: unknown.
   * @param guestCookie the secret in a guest's browser.
   */
  of(meetingId: string, addressGroup: string, guestCookie?: string): JoinOrigin {
    return {
      ...(guestCookie === undefined
        ? {}
        : { guestId: this.#hash("guest", meetingId, guestCookie) }),
      ...(addressGroup === "" ? {} : { network: this.#hash("network", meetingId, addressGroup) }),
    };
  }

  #hash(kind: "guest" | "network", meetingId: string, text: string): string {
    return createHmac("sha256", this.#key).update(`${kind} ${meetingId} ${text}`)
      .digest("base64url");
  }
}
