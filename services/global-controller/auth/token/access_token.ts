import { errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import type { ClientCaller, UserCaller } from "../caller.ts";
import { isScope, MEMBERSHIP_ROLES, type MembershipRole, type Scope } from "../scope.ts";
import { TOKEN_ISSUER, TOKEN_SKEW_S, type TokenKeys } from "../signing/token_keys.ts";

/** How long an API client's access token is valid, seconds (specification 1.4). */
export const CLIENT_TOKEN_LIFETIME_S = 3_600;
/** How long a person's access token is valid, seconds: the browser's refresh cookie outlives it. */
export const USER_TOKEN_LIFETIME_S = 300;
/** RFC 9068. */
const TOKEN_TYPE = "at+jwt";
const TOKEN_AUDIENCE = "global-controller";
/** Longer tokens are refused unread, characters. */
const TOKEN_LENGTH_LIMIT = 2_048;

/** Who may hold an access token. */
export type TokenHolder = ClientCaller | UserCaller;

/** An access token that is none of ours, or no longer. */
export class AccessTokenError extends Error {
  override readonly name = "AccessTokenError";
}

/** How long an access token of this kind of caller is valid, seconds. */
export function accessTokenLifetimeS(kind: TokenHolder["kind"]): number {
  return kind === "client" ? CLIENT_TOKEN_LIFETIME_S : USER_TOKEN_LIFETIME_S;
}

/** A token by which an API client or a person proves later who it is (RFC 9068). */
export async function issueAccessToken(
  keys: TokenKeys,
  holder: TokenHolder,
  nowMs: number = Date.now(),
): Promise<string> {
  const issuedAtS = Math.floor(nowMs / 1_000);
  const { kid, key } = await keys.signingKey("access");
  const claims = holder.kind === "client"
    ? { client_id: holder.clientId }
    : { role: holder.role, sid: holder.sessionId };
  return await new SignJWT({
    ...claims,
    org: holder.organisationId,
    scope: [...holder.scopes].join(" "),
  })
    .setProtectedHeader({ alg: "EdDSA", typ: TOKEN_TYPE, kid })
    .setIssuer(TOKEN_ISSUER)
    .setAudience(TOKEN_AUDIENCE)
    .setSubject(holder.kind === "client" ? holder.clientId : holder.userId)
    .setJti(crypto.randomUUID())
    .setIssuedAt(issuedAtS)
    .setExpirationTime(issuedAtS + accessTokenLifetimeS(holder.kind))
    .sign(key);
}

/** An access token of ours, and for how long that may be said of it. */
export interface VerifiedAccessToken {
  readonly holder: TokenHolder;
  /** Names the key that its signature was checked with. */
  readonly kid: string;
  readonly key: CryptoKey;
  /** Milliseconds since 1970, the clocks' difference included. */
  readonly validFromMs: number;
  readonly validUntilMs: number;
}

/**
 * The holder that `token` was issued to.
 *
 * @throws {AccessTokenError} unless it is a live access token of ours.
 */
export async function verifyAccessToken(
  keys: TokenKeys,
  token: string,
  nowMs: number = Date.now(),
): Promise<TokenHolder> {
  return (await readAccessToken(keys, token, nowMs)).holder;
}

/** As {@link verifyAccessToken}, with what it takes to know the token again. */
export async function readAccessToken(
  keys: TokenKeys,
  token: string,
  nowMs: number = Date.now(),
): Promise<VerifiedAccessToken> {
  if (token.length > TOKEN_LENGTH_LIMIT) throw new AccessTokenError("access token refused");
  try {
    const { payload, protectedHeader, key } = await jwtVerify(
      token,
      ({ kid }) => keyOf(keys, kid),
      {
        algorithms: ["EdDSA"],
        typ: TOKEN_TYPE,
        issuer: TOKEN_ISSUER,
        audience: TOKEN_AUDIENCE,
        clockTolerance: TOKEN_SKEW_S,
        requiredClaims: ["sub", "exp", "iat", "org"],
        maxTokenAge: CLIENT_TOKEN_LIFETIME_S,
        currentDate: new Date(nowMs),
      },
    );
    const issuedAtS = payload.iat!;
    const endsAtS = Math.min(payload.exp!, issuedAtS + CLIENT_TOKEN_LIFETIME_S);
    return {
      holder: holderOf(payload),
      kid: protectedHeader.kid!,
      key: key as CryptoKey,
      validFromMs: (issuedAtS - TOKEN_SKEW_S) * 1_000,
      validUntilMs: (endsAtS + TOKEN_SKEW_S) * 1_000,
    };
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw new AccessTokenError("access token refused", { cause: error });
  }
}

/** Looked up among ours; a key that the token brings or points to is never read. */
async function keyOf(keys: TokenKeys, kid: unknown): Promise<CryptoKey> {
  const key = typeof kid === "string" ? await keys.verificationKey("access", kid) : undefined;
  if (key === undefined) throw new AccessTokenError("unknown key");
  return key;
}

function holderOf({ sub, org, scope, client_id, role, sid }: JWTPayload): TokenHolder {
  if (!sub || typeof org !== "string" || typeof scope !== "string") {
    throw new AccessTokenError("access token without its claims");
  }
  const scopes = new Set<Scope>(scope.split(" ").filter(isScope));
  if (client_id === sub) return { kind: "client", clientId: sub, organisationId: org, scopes };
  if (!isRole(role) || typeof sid !== "string") {
    throw new AccessTokenError("access token of nobody");
  }
  return { kind: "user", userId: sub, sessionId: sid, organisationId: org, role, scopes };
}

function isRole(value: unknown): value is MembershipRole {
  return MEMBERSHIP_ROLES.some((role) => role === value);
}
