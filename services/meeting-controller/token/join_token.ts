import { errors, importJWK, type JWK, type JWTPayload, jwtVerify } from "jose";
import { isUuid } from "../../../proto/media_frame/uuid.ts";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Logger } from "../../runtime/log.ts";
import type { Clock } from "../clock.ts";
import { Refusal } from "../meeting/refusal.ts";
import { type Grant, readGrants } from "../participant/grant.ts";
import type { Role } from "../participant/participant.ts";
import { readParticipantName } from "../participant/participant_name.ts";
import type { UsedTokenStore } from "./used_token_store.ts";

/** Clock difference to the issuer that is forgiven, seconds. */
export const JOIN_TOKEN_SKEW_S = 5;
/** Longest life of a join token, seconds. */
export const MAX_JOIN_TOKEN_LIFETIME_S = 300;
/** Longest token, characters. */
export const MAX_TOKEN_LENGTH = 4096;
const MAX_KEYS = 16;
/** How long a token may still be valid anywhere, whenever it was issued, milliseconds. */
export const JOIN_TOKEN_VALIDITY_MS = (MAX_JOIN_TOKEN_LIFETIME_S + 2 * JOIN_TOKEN_SKEW_S) * 1000;
const TOKEN_ID = /^[\x21-\x7e]{1,128}$/;
/** Longest text by which a backend names a person, UTF-16 units. */
const MAX_USER_REFERENCE_LENGTH = 200;
/** Longest `guest_id` and `network`, UTF-16 units: both are made by the issuer. */
const MAX_ORIGIN_LENGTH = 64;

/** What a valid join token allows. */
export interface JoinGrant {
  readonly participantId: string;
  readonly meetingId: string;
  readonly role: Role;
  readonly grants: ReadonlySet<Grant>;
  /** The name that the issuer fixed; undefined: the participant's choice. */
  readonly name: string | undefined;
  /** The person's account; empty: none. */
  readonly userId: string;
  /** What a backend that admits its own users calls the person; empty: nothing. */
  readonly userReference: string;
  readonly tokenId: string;
  /** What a guest's browser is known by; empty: nothing. */
  readonly guestId: string;
  /** The keyed hash of the network that a guest comes from; empty: unknown. */
  readonly network: string;
  /** Whether a host has to admit the person where there is a lobby. */
  readonly mustKnock: boolean;
  /** How long the token is valid from now, including the forgiven skew, milliseconds. */
  readonly lifetimeMs: number;
}

/** Decides about join tokens. Both calls reject with a {@link Refusal} and nothing else. */
export interface JoinTokens {
  /** Who the token was issued to, if it is valid; does not use it up. */
  verify(token: string): Promise<JoinGrant>;
  /** Uses the token up: resolves for one caller only. */
  use(grant: JoinGrant): Promise<void>;
}

/**
 * Join tokens of the global controller: EdDSA, `typ` dt-join+jwt, for exactly `audience`, by a key
 * from the set handed over at the registration (proto/README.md, "Join token").
 */
export class JoinTokenVerifier implements JoinTokens {
  #keys: ReadonlyMap<string, CryptoKey> = new Map();
  #keySource = "";

  constructor(
    private readonly options: {
      audience: string;
      usedTokens: UsedTokenStore;
      clock: Clock;
      log: Logger;
    },
  ) {}

  /**
   * Takes the keys of a JSON Web Key Set; the same text again costs nothing. Keys that are none
   * of ours are left out.
   *
   * @throws {SyntaxError | TypeError} when it is no key set; the keys so far stay.
   */
  async setKeys(jwks: string): Promise<void> {
    if (jwks === this.#keySource) return;
    const set: { keys?: unknown } = JSON.parse(jwks);
    if (!Array.isArray(set.keys)) throw new TypeError("no JSON Web Key Set");
    const keys = new Map<string, CryptoKey>();
    for (const jwk of set.keys.slice(0, MAX_KEYS) as JWK[]) {
      if (jwk?.kty !== "OKP" || jwk.crv !== "Ed25519" || !jwk.kid || jwk.d !== undefined) continue;
      const key = await importJWK(jwk, "EdDSA");
      if (!(key instanceof Uint8Array)) keys.set(jwk.kid, key);
    }
    this.#keys = keys;
    this.#keySource = jwks;
  }

  async verify(token: string): Promise<JoinGrant> {
    if (token.length > MAX_TOKEN_LENGTH) throw unauthorized();
    try {
      const { payload } = await jwtVerify(token, ({ kid }) => this.#keyFor(kid), {
        algorithms: ["EdDSA"],
        typ: "dt-join+jwt",
        issuer: "dark-tower",
        audience: this.options.audience,
        clockTolerance: JOIN_TOKEN_SKEW_S,
        requiredClaims: ["exp", "sub", "jti", "meeting_id", "role", "grants"],
        currentDate: new Date(this.options.clock.wallNow()),
      });
      const { sub, exp, jti, meeting_id: meetingId, role } = payload;
      const lifetimeMs = ((exp ?? 0) + JOIN_TOKEN_SKEW_S) * 1000 - this.options.clock.wallNow();
      if (
        sub === undefined || !isUuid(sub) || typeof meetingId !== "string" || !isUuid(meetingId) ||
        (role !== "host" && role !== "co_host" && role !== "participant") || jti === undefined ||
        !TOKEN_ID.test(jti) ||
        lifetimeMs > JOIN_TOKEN_VALIDITY_MS
      ) throw unauthorized();
      return {
        participantId: sub,
        meetingId,
        role,
        tokenId: jti,
        lifetimeMs,
        ...readPerson(payload),
      };
    } catch (error) {
      if (error instanceof Refusal) throw error;
      if (!(error instanceof errors.JOSEError)) {
        this.options.log.error("join token check failed", { error });
      }
      throw unauthorized(error);
    }
  }

  async use(grant: JoinGrant): Promise<void> {
    let first: boolean;
    try {
      first = await this.options.usedTokens.use(grant.tokenId, grant.lifetimeMs);
    } catch (error) {
      this.options.log.warn("store of used tokens cannot tell", { error });
      throw unauthorized(error);
    }
    if (!first) throw unauthorized();
  }

  #keyFor(kid: string | undefined): CryptoKey {
    const key = kid === undefined ? undefined : this.#keys.get(kid);
    if (key === undefined) throw unauthorized();
    return key;
  }
}

/** What the token says of the person beyond the id. */
function readPerson(payload: JWTPayload): Pick<
  JoinGrant,
  "grants" | "name" | "userId" | "userReference" | "guestId" | "network" | "mustKnock"
> {
  const { grants, name, user_id: userId = "", user_reference: userReference = "" } = payload;
  const { guest_id: guestId = "", network = "", knock = false } = payload;
  const granted = readGrants(grants);
  if (
    granted === undefined || (name !== undefined && typeof name !== "string") ||
    typeof userId !== "string" || (userId !== "" && !isUuid(userId)) ||
    typeof userReference !== "string" || userReference.length > MAX_USER_REFERENCE_LENGTH ||
    typeof guestId !== "string" || guestId.length > MAX_ORIGIN_LENGTH ||
    typeof network !== "string" || network.length > MAX_ORIGIN_LENGTH ||
    typeof knock !== "boolean"
  ) throw unauthorized();
  return {
    grants: granted,
    name: name === undefined ? undefined : readParticipantName(name),
    userId,
    userReference,
    guestId,
    network,
    mustKnock: knock,
  };
}

/** Never says what was wrong: that helps only those who forge. */
function unauthorized(cause?: unknown): Refusal {
  return new Refusal(
    ErrorCode.UNAUTHORIZED,
    "the join token is not valid here, or was used before; fetch a new one",
    { cause },
  );
}
