import type { Database } from "../../../db/connection.ts";
import type { ReadRouting } from "../../../db/read_routing.ts";
import type { TestDatabases } from "../../../db/test_postgres.ts";
import { createLogger } from "../../runtime/log.ts";
import { type Api, composeApi } from "../api.ts";
import { issueAccessToken, type TokenHolder } from "../auth/token/access_token.ts";
import type { KeyRing } from "../auth/signing/key_ring.ts";
import type { OidcSettings } from "../auth/oidc/oidc_settings.ts";
import { DEFAULT_QUOTAS } from "../organisation/quota/quota.ts";
import { InProcessRateLimiter } from "../rate_limit/in_process_rate_limiter.ts";
import type { RegisteredController, RegisteredMediaHandler } from "../region/registered_server.ts";
import { SealingKey } from "../auth/sealed_key.ts";
import type { SafeFetchOptions } from "../webhook/safe_fetch.ts";
import { WEBHOOK_SEALING_LABEL } from "../webhook/webhooks.ts";
import { createSigningKey, createTestKeyRing } from "./test_keys.ts";
import { ScriptedControllers, testController, testMediaHandler } from "./test_servers.ts";
import { createTestTenant, type TestTenant } from "./test_tenant.ts";

/** What the servers of a test share. */
export const TEST_SECRET = "a secret that the servers of a test share";

/** What one request of a test holds. */
export interface TestRequest {
  readonly body?: unknown;
  /** Sent as it is instead of `body`. */
  readonly rawBody?: BodyInit;
  /** Whose access token comes with it; nobody's by default. */
  readonly as?: TokenHolder;
  readonly headers?: Record<string, string>;
  readonly address?: string;
}

/** The REST API over a real database, with one controller and one media handler registered. */
export interface TestApi extends Api, AsyncDisposable {
  readonly sql: Database;
  /** For other processes on the same database. */
  readonly databaseUrl: string;
  readonly keys: KeyRing;
  readonly controllers: ScriptedControllers;
  readonly controller: RegisteredController;
  readonly mediaHandler: RegisteredMediaHandler;
  request(method: string, path: string, request?: TestRequest): Promise<Response>;
  /** Adds an organisation with people in it. */
  tenant(slug: string): Promise<TestTenant>;
}

/** How the API of a test differs from the usual one. */
export interface TestApiOptions {
  guestMeetings?: boolean;
  /** Whether people may sign in with a password; true. */
  passwords?: boolean;
  oidc?: OidcSettings;
  rateLimit?: number;
  corsOrigins?: readonly string[];
  /** Where lists are read. */
  replicaReads?: ReadRouting;
  /** Webhooks may go to this machine unless it is said otherwise. */
  webhooks?: Partial<SafeFetchOptions>;
  /** The rate limiter's clock. */
  now?: () => number;
}

/** The API as the service composes it, over any database. */
export async function composeTestApi(sql: Database, options: TestApiOptions = {}) {
  const keys = await createTestKeyRing(sql);
  const controllers = new ScriptedControllers();
  const api = composeApi({
    sql,
    replicaReads: options.replicaReads,
    keys,
    limiter: new InProcessRateLimiter(options.rateLimit ?? 100_000, options.now),
    controllers,
    publicUrl: "https://tower.example",
    guestMeetings: options.guestMeetings ?? true,
    signIn: { passwords: options.passwords ?? true, oidc: options.oidc },
    quotas: DEFAULT_QUOTAS,
    region: "local",
    secret: TEST_SECRET,
    corsOrigins: options.corsOrigins ?? [],
    webhooks: {
      sealing: await SealingKey.derive(await createSigningKey(), WEBHOOK_SEALING_LABEL),
      allowPrivate: true,
      ...options.webhooks,
    },
    log: createLogger("global-controller"),
  });
  return { ...api, keys, controllers };
}

/** Composes the API over a fresh database. */
export async function startTestApi(
  databases: TestDatabases,
  options: TestApiOptions = {},
): Promise<TestApi> {
  const database = await databases.create();
  const { sql } = database;
  const api = await composeTestApi(sql, options);
  const { keys, controllers } = api;
  const controller = testController("mc");
  const mediaHandler = testMediaHandler("mh");
  controllers.mediaHandler = mediaHandler;
  await api.registry.registerController(controller);
  await api.registry.registerMediaHandler(mediaHandler);
  return {
    ...api,
    sql,
    databaseUrl: database.url,
    controller,
    mediaHandler,
    tenant: (slug) => createTestTenant(sql, slug),
    async request(method, path, { body, rawBody, as, headers: given, address } = {}) {
      const headers = new Headers(given);
      if (as !== undefined) {
        headers.set("authorization", `Bearer ${await issueAccessToken(keys, as)}`);
      }
      const text = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
      if (text !== undefined && !headers.has("content-type")) {
        headers.set("content-type", "application/json");
      }
      const clientAddress = address ?? "192.0.2.1";
      return await api.app.request(path, { method, headers, body: text }, { clientAddress });
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
