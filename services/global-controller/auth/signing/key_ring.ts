import { exportJWK, generateKeyPair, importJWK } from "jose";
import type { Logger } from "../../../runtime/log.ts";
import { CLIENT_TOKEN_LIFETIME_S } from "../token/access_token.ts";
import { JOIN_TOKEN_LIFETIME_S } from "../token/join_token.ts";
import {
  isRotationDue,
  type KeyPolicy,
  type KeyTimes,
  rotate,
  signingKeyAt,
} from "./key_schedule.ts";
import { SealedTextError, type SealingKey } from "../sealed_key.ts";
import type { SigningKey, SigningKeyPair, SigningKeyStore } from "./signing_key_store.ts";
import {
  KEY_PURPOSES,
  type KeyPurpose,
  TOKEN_SKEW_S,
  type TokenKeys,
  type TokenSigningKey,
} from "./token_keys.ts";

/** What a process knows of the keys is read again after this time, milliseconds. */
export const RING_LIFETIME_MS = 5_000;
/** The keys are read at most this often, however many tokens name unknown keys, milliseconds. */
export const RELOAD_INTERVAL_MS = 1_000;
/** For how long anybody may keep the published keys, seconds. */
export const JWKS_LIFETIME_S = 60;
/**
 * How long a key is published before it signs, milliseconds. Meeting controllers read the keys
 * with each heartbeat, whoever else reads them keeps them for JWKS_LIFETIME_S, and clocks differ.
 */
export const KEY_LEAD_MS = 2 * JWKS_LIFETIME_S * 1_000;
/** How long a key signs unless the operator says otherwise, milliseconds. */
export const DEFAULT_SIGNS_FOR_MS = 24 * 3_600_000;

const TOKEN_LIFETIME_S: Readonly<Record<KeyPurpose, number>> = {
  access: CLIENT_TOKEN_LIFETIME_S,
  join: JOIN_TOKEN_LIFETIME_S,
};

/** A key of the ring; only keys that this process could open sign. */
interface RingKey extends KeyTimes {
  readonly kid: string;
  readonly purpose: KeyPurpose;
  readonly stored: SigningKey;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey | undefined;
}

/** By kid, the newest first. */
type Keys = ReadonlyMap<string, RingKey>;

/** What a key ring stands on. */
export interface KeyRingOptions {
  readonly store: SigningKeyStore;
  readonly sealing: SealingKey;
  readonly log: Logger;
  readonly signsForMs?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * The keys that the global controllers share. Whichever of them first sees that it is time makes
 * the next key. There are no timers: keys are looked at when they are used. While the database is
 * away, the keys read last go on.
 */
export class KeyRing implements TokenKeys {
  readonly #store: SigningKeyStore;
  readonly #sealing: SealingKey;
  readonly #log: Logger;
  readonly #signsForMs: number;
  readonly #now: () => number;
  #keys: Keys = new Map();
  #readAtMs = -Infinity;
  #reading: Promise<void> | undefined;

  constructor({ store, sealing, log, signsForMs, now }: KeyRingOptions) {
    this.#store = store;
    this.#sealing = sealing;
    this.#log = log;
    this.#signsForMs = signsForMs ?? DEFAULT_SIGNS_FOR_MS;
    this.#now = now ?? Date.now;
  }

  async signingKey(purpose: KeyPurpose): Promise<TokenSigningKey> {
    await this.#readWithin(RING_LIFETIME_MS);
    const key = signingKeyAt(usable(this.#keys, purpose), this.#now());
    if (key?.privateKey === undefined) throw new Error(`no key signs ${purpose} tokens`);
    return { kid: key.kid, key: key.privateKey };
  }

  async verificationKey(purpose: KeyPurpose, kid: string): Promise<CryptoKey | undefined> {
    await this.#readWithin(RING_LIFETIME_MS);
    if (!this.#keys.has(kid)) await this.#readWithin(RELOAD_INTERVAL_MS);
    const key = this.#keys.get(kid);
    if (key?.purpose !== purpose || key.publishedUntilMs <= this.#now()) return undefined;
    return key.publicKey;
  }

  /** The published keys as a JSON Web Key Set (RFC 7517), newest first. */
  async jwks(purposes: readonly KeyPurpose[] = KEY_PURPOSES): Promise<string> {
    await this.#readWithin(RING_LIFETIME_MS);
    const now = this.#now();
    const keys = [...this.#keys.values()]
      .filter(({ purpose, publishedUntilMs }) =>
        purposes.includes(purpose) && publishedUntilMs > now
      )
      .map(({ kid, stored: { publicJwk: { kty, crv, x } } }) => ({
        kty,
        crv,
        x,
        kid,
        alg: "EdDSA",
        use: "sig",
      }));
    return JSON.stringify({ keys });
  }

  /**
   * Makes new keys of both kinds, which sign after KEY_LEAD_MS.
   *
   * @param withdraw refuses all tokens that the keys so far signed, and lets the new ones sign at
   *   once: for keys that somebody else may know.
   */
  async rotateNow({ withdraw = false }: { withdraw?: boolean } = {}): Promise<void> {
    if (withdraw) {
      const published = await this.#store.listPublished(this.#now());
      if (published.length > 0) await this.#store.withdraw(published.map(({ kid }) => kid));
    }
    for (const purpose of KEY_PURPOSES) await this.#addKey(purpose, true);
    this.#take(await this.#published());
  }

  /** Reads the keys again when they were read longer than `lifetimeMs` ago; one waits for it. */
  async #readWithin(lifetimeMs: number): Promise<void> {
    const ageMs = this.#now() - this.#readAtMs;
    // A clock that was set back makes them old as well.
    if (ageMs >= 0 && ageMs < lifetimeMs) return;
    if (this.#reading !== undefined) {
      if (this.#keys.size === 0 || lifetimeMs < RING_LIFETIME_MS) await this.#reading;
      return;
    }
    this.#reading = this.#readOrKeep().finally(() => this.#reading = undefined);
    await this.#reading;
  }

  async #readOrKeep(): Promise<void> {
    try {
      let keys = await this.#published();
      for (const purpose of KEY_PURPOSES) {
        if (!isRotationDue(usable(keys, purpose), this.#now(), this.#policy(purpose))) continue;
        await this.#addKey(purpose, false);
        keys = await this.#published();
      }
      this.#take(keys);
    } catch (error) {
      if (this.#keys.size === 0) throw error;
      this.#log.warn("signing keys cannot be read; those so far go on", { error });
      // Not with each request: that would wait for a database that is away each time.
      this.#readAtMs = this.#now() - RING_LIFETIME_MS + RELOAD_INTERVAL_MS;
    }
  }

  async #published(): Promise<Keys> {
    const keys = new Map<string, RingKey>();
    for (const stored of await this.#store.listPublished(this.#now())) {
      keys.set(stored.kid, await this.#ringKey(stored));
    }
    return keys;
  }

  /** Only once they are complete: others use the ring meanwhile. */
  #take(keys: Keys): void {
    this.#keys = keys;
    this.#readAtMs = this.#now();
  }

  async #ringKey(stored: SigningKey): Promise<RingKey> {
    const { kid, purpose, signsFromMs, signsUntilMs, publishedUntilMs } = stored;
    const known = this.#keys.get(kid);
    return {
      kid,
      purpose,
      signsFromMs,
      signsUntilMs,
      publishedUntilMs,
      stored,
      publicKey: known?.publicKey ?? await importKey(stored.publicJwk),
      privateKey: known === undefined ? await this.#open(stored) : known.privateKey,
    };
  }

  async #open({ kid, purpose, sealedPrivateJwk }: SigningKey): Promise<CryptoKey | undefined> {
    try {
      return await importKey(
        JSON.parse(await this.#sealing.open(sealedPrivateJwk, sealingContext(purpose, kid))),
      );
    } catch (error) {
      if (!(error instanceof SealedTextError)) throw error;
      this.#log.warn("signing key sealed under another DT_SIGNING_KEY", { kid });
      return undefined;
    }
  }

  async #addKey(purpose: KeyPurpose, soon: boolean): Promise<void> {
    const policy = this.#policy(purpose);
    await this.#store.add(purpose, this.#now(), async (published) => {
      // Asked again under the lock: another process may have been first.
      const now = this.#now();
      const usable: RingKey[] = [];
      for (const key of published) {
        const ringKey = await this.#ringKey(key);
        if (ringKey.privateKey !== undefined) usable.push(ringKey);
      }
      if (!soon && !isRotationDue(usable, now, policy)) return undefined;
      const { times, predecessor } = rotate(usable, now, policy, soon);
      const pair = await this.#makePair(purpose);
      this.#log.info("signing key added", {
        kid: pair.kid,
        purpose,
        signsFrom: new Date(times.signsFromMs).toISOString(),
      });
      return {
        pair,
        times,
        predecessor: predecessor && {
          ...predecessor.stored,
          signsUntilMs: predecessor.signsUntilMs,
          publishedUntilMs: predecessor.publishedUntilMs,
        },
      };
    });
  }

  #policy(purpose: KeyPurpose): KeyPolicy {
    return {
      signsForMs: this.#signsForMs,
      leadMs: KEY_LEAD_MS,
      // A while longer than the last token, for what is read late and for clocks that differ.
      tokenLifetimeMs: (TOKEN_LIFETIME_S[purpose] + 2 * TOKEN_SKEW_S) * 1_000 + RING_LIFETIME_MS,
    };
  }

  async #makePair(purpose: KeyPurpose): Promise<SigningKeyPair> {
    const kid = crypto.randomUUID();
    const { privateKey } = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
    const jwk = await exportJWK(privateKey);
    return {
      kid,
      publicJwk: { kty: "OKP", crv: "Ed25519", x: jwk.x! },
      sealedPrivateJwk: await this.#sealing.seal(JSON.stringify(jwk), sealingContext(purpose, kid)),
    };
  }
}

/** Those of a purpose that this process can sign with. */
function usable(keys: Keys, purpose: KeyPurpose): RingKey[] {
  return [...keys.values()]
    .filter((key) => key.purpose === purpose && key.privateKey !== undefined);
}

function sealingContext(purpose: KeyPurpose, kid: string): string {
  return `${purpose} ${kid}`;
}

async function importKey(jwk: Parameters<typeof importJWK>[0]): Promise<CryptoKey> {
  const key = await importJWK(jwk, "EdDSA");
  if (!(key instanceof CryptoKey)) throw new TypeError("not an asymmetric key");
  return key;
}
