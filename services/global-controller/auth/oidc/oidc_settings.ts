import { ConfigurationError, type Environment } from "../../../runtime/configuration.ts";
import { readOptionalString, readString } from "../../../runtime/configuration.ts";

/** The operator's OpenID Connect provider. */
export interface OidcSettings {
  /** Its issuer identifier (OpenID Connect Discovery 1.0, 3). */
  readonly issuer: string;
  readonly clientId: string;
  /** Undefined: a public client, by PKCE alone. */
  readonly clientSecret: string | undefined;
  /** What people know the provider as. */
  readonly name: string;
  /** Separated by spaces. */
  readonly scopes: string;
  /** Slug of the organisation that whoever the provider vouches for becomes a member of. */
  readonly autoJoin: string | undefined;
}

const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * Reads `DT_OIDC_*`; undefined without an issuer.
 *
 * @throws {ConfigurationError}
 */
export function readOidcSettings(env: Environment): OidcSettings | undefined {
  const issuer = readOptionalString(env, "DT_OIDC_ISSUER");
  if (issuer === undefined) return undefined;
  const url = URL.parse(issuer);
  if (url === null || !isTrusted(url)) {
    throw new ConfigurationError(`DT_OIDC_ISSUER is "${issuer}", not an https URL`);
  }
  const scopes = readString(env, "DT_OIDC_SCOPES", "openid email profile");
  if (!scopes.split(" ").includes("openid")) {
    throw new ConfigurationError("DT_OIDC_SCOPES has to hold openid");
  }
  return {
    issuer,
    clientId: readString(env, "DT_OIDC_CLIENT_ID"),
    clientSecret: readOptionalString(env, "DT_OIDC_CLIENT_SECRET"),
    name: readString(env, "DT_OIDC_NAME", url.hostname),
    scopes,
    autoJoin: readOptionalString(env, "DT_OIDC_AUTO_JOIN"),
  };
}

/** Whether nobody on the way can pose as the provider. */
export function isTrusted(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.has(url.hostname));
}
