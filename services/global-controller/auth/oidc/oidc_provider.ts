import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  discovery,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  ResponseBodyError,
} from "openid-client";
import type { Identity } from "../account/account_directory.ts";
import type { OidcSettings } from "./oidc_settings.ts";

/** How long what the provider says of itself is kept, milliseconds. */
const DISCOVERY_LIFETIME_MS = 3_600_000;
/** How long one answer of the provider may take, seconds. */
const PROVIDER_TIMEOUT_S = 5;
const MAX_NAME_LENGTH = 200;
const MAX_EMAIL_LENGTH = 254;
/**
 * As invitations have them. Beyond ASCII, two addresses may become one in lower case: that of the
 * Kelvin sign is a k.
 */
const PLAIN_ADDRESS = /^[\x21-\x7e]+@[\x21-\x7e]+$/;
/** OpenID Connect Core 1.0, 2: at most 255 ASCII characters. */
const MAX_SUBJECT_LENGTH = 255;

/** What only this service knows of a sign-in that is underway. */
export interface SignInSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

/** Who the provider vouches for. */
export interface ProvenPerson {
  readonly identity: Identity;
  /** Only when the provider says that it has verified it. */
  readonly verifiedEmail: string | undefined;
  readonly name: string;
}

/** The provider did not vouch for anybody: the answer is forged, replayed, or a refusal. */
export class OidcRefusedError extends Error {
  override readonly name = "OidcRefusedError";
}

/** The provider does not answer. */
export class OidcUnavailableError extends Error {
  override readonly name = "OidcUnavailableError";
}

/**
 * The operator's OpenID Connect provider: authorization code flow with PKCE (RFC 7636), state,
 * nonce, and a check of the issuer that answered (RFC 9207).
 */
export class OidcProvider {
  readonly #settings: OidcSettings;
  readonly #redirectUri: string;
  readonly #now: () => number;
  #discovered: { readonly at: number; readonly configuration: Promise<Configuration> } | undefined;

  /** @param options.now milliseconds, monotonic. */
  constructor(options: { settings: OidcSettings; redirectUri: string; now?: () => number }) {
    this.#settings = options.settings;
    this.#redirectUri = options.redirectUri;
    this.#now = options.now ?? (() => performance.now());
  }

  /**
   * Where to send a browser, and what has to be known when it comes back with `state`.
   *
   * @throws {OidcUnavailableError}
   */
  async begin(state: string): Promise<{ url: URL; secrets: SignInSecrets }> {
    const configuration = await this.#configuration();
    const codeVerifier = randomPKCECodeVerifier();
    const nonce = randomNonce();
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: this.#redirectUri,
      scope: this.#settings.scopes,
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: "S256",
    });
    return { url, secrets: { state, nonce, codeVerifier } };
  }

  /**
   * Who signed in.
   *
   * @param query what the browser brought back.
   * @throws {OidcRefusedError | OidcUnavailableError}
   */
  async finish(query: string, secrets: SignInSecrets): Promise<ProvenPerson> {
    const configuration = await this.#configuration();
    const url = new URL(this.#redirectUri);
    url.search = query;
    try {
      const tokens = await authorizationCodeGrant(configuration, url, {
        expectedState: secrets.state,
        expectedNonce: secrets.nonce,
        pkceCodeVerifier: secrets.codeVerifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new OidcRefusedError("no ID token");
      // Many providers tell addresses at the UserInfo endpoint only.
      const hasUserInfo = configuration.serverMetadata().userinfo_endpoint !== undefined;
      const info = claims.email === undefined && hasUserInfo
        ? await fetchUserInfo(configuration, tokens.access_token, claims.sub)
        : {};
      return personOf({ ...info, ...claims });
    } catch (error) {
      throw translated(error);
    }
  }

  /** What the provider says of itself, read once an hour; a failure is not kept. */
  async #configuration(): Promise<Configuration> {
    const known = this.#discovered;
    if (known === undefined || this.#now() - known.at >= DISCOVERY_LIFETIME_MS) {
      this.#discovered = { at: this.#now(), configuration: this.#discover() };
    }
    const discovered = this.#discovered!;
    try {
      return await discovered.configuration;
    } catch (cause) {
      if (this.#discovered === discovered) this.#discovered = undefined;
      throw new OidcUnavailableError("the provider cannot be discovered", { cause });
    }
  }

  #discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.#settings;
    const url = new URL(issuer);
    return discovery(
      url,
      clientId,
      undefined,
      clientSecret === undefined ? None() : secretAuth(clientSecret),
      {
        timeout: PROVIDER_TIMEOUT_S,
        // Only a provider on this very machine may speak plain HTTP (oidc_settings.ts).
        execute: url.protocol === "http:" ? [allowInsecureRequests] : [],
      },
    );
  }
}

/** RFC 6749, 2.3.1: in a header, unless the provider takes it in the body only. */
function secretAuth(clientSecret: string): ClientAuth {
  const basic = ClientSecretBasic(clientSecret);
  const post = ClientSecretPost(clientSecret);
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported;
    const byHeader = methods === undefined || methods.includes("client_secret_basic");
    return (byHeader ? basic : post)(server, ...rest);
  };
}

function personOf(claims: Readonly<Record<string, unknown>>): ProvenPerson {
  const { iss, sub, email, email_verified, name } = claims;
  if (typeof iss !== "string" || typeof sub !== "string" || sub.length > MAX_SUBJECT_LENGTH) {
    throw new OidcRefusedError("an ID token of nobody");
  }
  const isVerified = email_verified === true && typeof email === "string" &&
    PLAIN_ADDRESS.test(email) && email.length <= MAX_EMAIL_LENGTH;
  return {
    identity: { issuer: iss, subject: sub },
    verifiedEmail: isVerified ? email : undefined,
    name: isText(name) ? [...name].slice(0, MAX_NAME_LENGTH).join("") : "",
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.isWellFormed() && !value.includes("\0");
}

function translated(error: unknown): Error {
  if (error instanceof OidcRefusedError) return error;
  const isAway = error instanceof ResponseBodyError
    ? error.status >= 500
    : error instanceof TypeError || code(error) === "OAUTH_TIMEOUT";
  return isAway
    ? new OidcUnavailableError("the provider does not answer", { cause: error })
    : new OidcRefusedError("the provider's answer is refused", { cause: error });
}

function code(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
