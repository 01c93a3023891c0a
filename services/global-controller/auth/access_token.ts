import { errors, jwtVerify, SignJWT } from "jose";
import { type SigningKeys, TOKEN_ISSUER, TOKEN_SKEW_S } from "./signing_keys.ts";

/** How long an access token is valid, seconds (specification 1.4). */
export const ACCESS_TOKEN_LIFETIME_S = 3_600;
/** RFC 9068. */
const TOKEN_TYPE = "at+jwt";
const TOKEN_AUDIENCE = "global-controller";
/** Longer tokens are refused unread, characters. */
const TOKEN_LENGTH_LIMIT = 2_048;

/** An access token that is none of ours, or no longer. */
export class AccessTokenError extends Error {
  override readonly name = "AccessTokenError";
}

/** A token by which an API client proves later who it is. */
export function issueAccessToken(
  keys: SigningKeys,
  clientId: string,
  nowMs: number = Date.now(),
): Promise<string> {
  const issuedAtS = Math.floor(nowMs / 1_000);
  return new SignJWT({ client_id: clientId })
    .setProtectedHeader({ alg: "EdDSA", typ: TOKEN_TYPE, kid: keys.access.kid })
    .setIssuer(TOKEN_ISSUER)
    .setAudience(TOKEN_AUDIENCE)
    .setSubject(clientId)
    .setJti(crypto.randomUUID())
    .setIssuedAt(issuedAtS)
    .setExpirationTime(issuedAtS + ACCESS_TOKEN_LIFETIME_S)
    .sign(keys.access.key);
}

/**
 * The API client that `token` was issued to.
 *
 * @throws {AccessTokenError} unless it is a live access token of ours.
 */
export async function verifyAccessToken(
  keys: SigningKeys,
  token: string,
  nowMs: number = Date.now(),
): Promise<{ clientId: string }> {
  if (token.length > TOKEN_LENGTH_LIMIT) throw new AccessTokenError("access token refused");
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys.access.publicKey, {
      algorithms: ["EdDSA"],
      typ: TOKEN_TYPE,
      issuer: TOKEN_ISSUER,
      audience: TOKEN_AUDIENCE,
      clockTolerance: TOKEN_SKEW_S,
      requiredClaims: ["sub", "exp", "iat"],
      maxTokenAge: ACCESS_TOKEN_LIFETIME_S,
      currentDate: new Date(nowMs),
    });
    if (protectedHeader.kid !== keys.access.kid || !payload.sub) {
      throw new AccessTokenError("access token refused");
    }
    return { clientId: payload.sub };
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    throw new AccessTokenError("access token refused", { cause: error });
  }
}
