import { errors, jwtVerify, SignJWT } from "jose";

/** Who a service token is for. */
export type ServiceAudience = "global-controller" | "meeting-controller" | "media-handler";

/** How long a service token is valid, seconds. */
export const SERVICE_TOKEN_LIFETIME_S = 300;
/**
 * Clock difference between two services that is forgiven, seconds. Wider than for the tokens that
 * people bring: these pass between our own processes on a private network, and a machine whose clock
 * is a minute off has to go on serving its meetings.
 */
export const SERVICE_TOKEN_SKEW_S = 120;

const TOKEN_TYPE = "dt-service+jwt";
const ISSUER_LIMIT = 200;

/** A call without a valid service token. */
export class ServiceTokenError extends Error {
  override readonly name = "ServiceTokenError";
}

/**
 * A token by which `issuer` (a controller or handler id) proves to `audience` that it knows the
 * services' shared secret.
 */
export function issueServiceToken(
  secret: string,
  options: { issuer: string; audience: ServiceAudience },
): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: "HS256", typ: TOKEN_TYPE })
    .setIssuer(options.issuer)
    .setAudience(options.audience)
    .setIssuedAt()
    .setExpirationTime(`${SERVICE_TOKEN_LIFETIME_S}s`)
    .sign(new TextEncoder().encode(secret));
}

/**
 * The issuer of `token`.
 *
 * @throws {ServiceTokenError} unless it is a live token of ours for `audience`.
 */
export async function verifyServiceToken(
  secret: string,
  token: string,
  options: { audience: ServiceAudience },
): Promise<{ issuer: string }> {
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), {
      algorithms: ["HS256"],
      typ: TOKEN_TYPE,
      audience: options.audience,
      clockTolerance: SERVICE_TOKEN_SKEW_S,
      requiredClaims: ["iss", "exp", "iat"],
      maxTokenAge: SERVICE_TOKEN_LIFETIME_S,
    });
    if (payload.iss === undefined || payload.iss.length > ISSUER_LIMIT) {
      throw new ServiceTokenError("issuer missing");
    }
    return { issuer: payload.iss };
  } catch (error) {
    if (error instanceof errors.JOSEError) {
      throw new ServiceTokenError("service token refused", { cause: error });
    }
    throw error;
  }
}
