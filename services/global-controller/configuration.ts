import {
  ConfigurationError,
  type Environment,
  readBoolean,
  readInteger,
  readOptionalString,
  readPort,
  readSecret,
  readString,
} from "../runtime/configuration.ts";
import {
  type FirstAdministratorSettings,
  readFirstAdministrator,
} from "./organisation/first_administrator/first_administrator_settings.ts";
import type { Quotas } from "./organisation/quota/quota.ts";
import { readQuotas } from "./organisation/quota/quota_settings.ts";
import { type KeySettings, readKeySettings } from "./auth/signing/key_settings.ts";
import { DEFAULT_RATE_LIMIT } from "./rate_limit/rate_limiter.ts";
import { readSignInSettings, type SignInSettings } from "./sign_in.ts";
import { readRegionSettings, type RegionSettings } from "./region/region_settings.ts";
import { readRetentionSettings, type RetentionSettings } from "./retention/retention_settings.ts";

const MAX_RATE_LIMIT = 10_000_000;

/** How a global controller is set up. */
export interface GlobalControllerConfiguration {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Origin of the pages; undefined: http://localhost and the port. */
  readonly publicUrl: string | undefined;
  readonly region: string;
  /** By what regions are chosen for callers. */
  readonly regions: RegionSettings;
  readonly databaseUrl: string;
  /** A streaming replica that lists may be read from; undefined: none. */
  readonly databaseReplicaUrl: string | undefined;
  /** How long things are kept. */
  readonly retention: RetentionSettings;
  /** Undefined: rate limits count in this process alone. */
  readonly redisUrl: string | undefined;
  readonly serviceSecret: string;
  readonly keys: KeySettings;
  readonly guestMeetings: boolean;
  readonly signIn: SignInSettings;
  /** Other origins whose pages may call the API, without cookies. */
  readonly corsOrigins: readonly string[];
  /** For development: webhooks may go to http and to private addresses. */
  readonly webhookAllowPrivate: boolean;
  /** Requests a minute for each caller. */
  readonly rateLimitPerMinute: number;
  /** What an organisation may have without numbers of its own. */
  readonly quotas: Quotas;
  /** Proxies whose X-Forwarded-For is believed, such as `10.0.0.0/8, ::1`. */
  readonly trustedProxies: string;
  /** A development server's origin that pages are forwarded to. */
  readonly pagesOrigin: string | undefined;
  /** URL of the built pages' module. */
  readonly pagesBuild: string;
  /** An API client to create or update at the start. */
  readonly bootstrapClient:
    | { readonly clientId: string; readonly clientSecret: string }
    | undefined;
  /** Whom to make the first administrator; undefined: whoever follows the link in the log. */
  readonly firstAdministrator: FirstAdministratorSettings | undefined;
}

/**
 * Reads the configuration from the environment.
 *
 * @throws {ConfigurationError}
 */
export function readConfiguration(env: Environment): GlobalControllerConfiguration {
  return {
    host: readString(env, "DT_HOST", "127.0.0.1"),
    port: readPort(env, "DT_PORT", 8080),
    publicUrl: readOrigin(env, "DT_PUBLIC_URL"),
    region: readString(env, "DT_REGION", "local"),
    regions: readRegionSettings(env),
    databaseUrl: readString(env, "DATABASE_URL"),
    databaseReplicaUrl: readOptionalString(env, "DATABASE_REPLICA_URL"),
    retention: readRetentionSettings(env),
    redisUrl: readOptionalString(env, "REDIS_URL"),
    serviceSecret: readSecret(env, "DT_SERVICE_SECRET"),
    keys: readKeySettings(env),
    guestMeetings: readBoolean(env, "DT_GUEST_MEETINGS", false),
    signIn: readSignInSettings(env),
    webhookAllowPrivate: readBoolean(env, "DT_WEBHOOK_ALLOW_PRIVATE", false),
    corsOrigins: readOrigins(env, "DT_CORS_ORIGINS"),
    rateLimitPerMinute: readInteger(env, "DT_RATE_LIMIT_PER_MINUTE", {
      fallback: DEFAULT_RATE_LIMIT,
      minimum: 1,
      maximum: MAX_RATE_LIMIT,
    }),
    quotas: readQuotas(env),
    trustedProxies: readOptionalString(env, "DT_TRUSTED_PROXIES") ?? "",
    pagesOrigin: readOrigin(env, "DT_PAGES_ORIGIN"),
    pagesBuild: new URL(
      readString(env, "DT_PAGES_BUILD", "../../client/build/handler.js"),
      import.meta.url,
    ).href,
    bootstrapClient: readBootstrapClient(env),
    firstAdministrator: readFirstAdministrator(env),
  };
}

/**
 * The origin of the http or https URL in `name`; undefined when it is unset.
 *
 * @throws {ConfigurationError}
 */
export function readOrigin(env: Environment, name: string): string | undefined {
  const text = readOptionalString(env, name);
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new ConfigurationError(`${name} is "${text}", not an http or https URL`);
  }
  return url.origin;
}

/** A list such as `https://app.example.org, https://other.example`. */
function readOrigins(env: Environment, name: string): readonly string[] {
  const texts = (readOptionalString(env, name) ?? "").split(",").map((text) => text.trim());
  return texts.filter((text) => text !== "").map((text) => {
    const url = URL.parse(text);
    if (
      url === null || !/^https?:$/.test(url.protocol) || url.origin !== text || text.includes("*")
    ) {
      throw new ConfigurationError(
        `${name} has "${text}", not an origin such as https://a.example`,
      );
    }
    return text;
  });
}

function readBootstrapClient(env: Environment) {
  const clientId = readOptionalString(env, "DT_BOOTSTRAP_CLIENT_ID");
  if (clientId === undefined) return undefined;
  return { clientId, clientSecret: readString(env, "DT_BOOTSTRAP_CLIENT_SECRET") };
}
