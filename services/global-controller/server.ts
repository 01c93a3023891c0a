import { connectDatabase } from "../../db/connection.ts";
import { connectRedis } from "../../db/redis_connection.ts";
import { ReplicaReads } from "../../db/replica_reads.ts";
import type { Logger } from "../runtime/log.ts";
import { createRpcHandler } from "../runtime/rpc/rpc_server.ts";
import { composeApi } from "./api.ts";
import { JWKS_PATH } from "./auth/signing/jwks_routes.ts";
import { openKeyRing } from "./auth/signing/open_key_ring.ts";
import { SealingKey } from "./auth/sealed_key.ts";
import type { GlobalControllerConfiguration } from "./configuration.ts";
import { globalControllerRoutes } from "./global_controller_service.ts";
import { startFirstAdministrator } from "./organisation/first_administrator/first_administrator_start.ts";
import { builtPages, forwardedPages } from "./pages.ts";
import { TrustedProxies } from "./rate_limit/client_address.ts";
import { FallbackRateLimiter } from "./rate_limit/fallback_rate_limiter.ts";
import { InProcessRateLimiter } from "./rate_limit/in_process_rate_limiter.ts";
import type { RateLimiter } from "./rate_limit/rate_limiter.ts";
import { RedisRateLimiter } from "./rate_limit/redis_rate_limiter.ts";
import { RpcMeetingControllerClient } from "./region/meeting_controller_client.ts";
import { GeoDatabase } from "./region/geo_database.ts";
import { ATTENDANCE_INTERVAL_MS, keepAttendance } from "./attendance/attendance_upkeep.ts";
import { MODERATION_INTERVAL_MS } from "./moderation/moderation_recorder.ts";
import { RecurringWork } from "./upkeep/recurring_work.ts";
import { RegionChoice } from "./region/region_choice.ts";
import { PostgresRetention } from "./retention/postgres_retention.ts";
import { RetentionSchedule } from "./retention/retention_schedule.ts";
import { SilenceWatch } from "./region/silence_watch.ts";
import { WEBHOOK_SEALING_LABEL } from "./webhook/webhooks.ts";

/** A global controller: answers REST, RPC and pages, and keeps nothing between requests. */
export interface GlobalController extends AsyncDisposable {
  /** @param peer the address at the other end of the connection. */
  fetch(request: Request, peer: string): Promise<Response>;
}

/**
 * Connects the stores and puts the parts together.
 *
 * @param publicUrl origin of the pages, such as http://localhost:8080.
 * @throws {ConfigurationError} when a setting makes no sense.
 */
export async function createGlobalController(
  configuration: GlobalControllerConfiguration,
  publicUrl: string,
  log: Logger,
): Promise<GlobalController> {
  const proxies = new TrustedProxies(configuration.trustedProxies);
  const sql = connectDatabase(configuration.databaseUrl, "global-controller");
  const replica = configuration.databaseReplicaUrl === undefined
    ? undefined
    : connectDatabase(configuration.databaseReplicaUrl, "global-controller lists");
  const keys = await openKeyRing(configuration.keys, sql, log);
  const redis = configuration.redisUrl === undefined
    ? undefined
    : connectRedis(configuration.redisUrl);
  if (redis === undefined) {
    log.info("in-process stores serve", {
      stores: ["rate limits"],
      reason: "REDIS_URL is not set",
    });
  }
  const controllers = new RpcMeetingControllerClient(configuration.serviceSecret);
  const { region, regions: { locations, names, header, geoDatabase } } = configuration;
  const geo = geoDatabase && new GeoDatabase(geoDatabase, log);
  const regionHint = (request: Request, peer: string) =>
    header !== undefined && proxies.trusts(peer)
      ? request.headers.get(header)?.trim() || undefined
      : undefined;
  const composed = composeApi({
    sql,
    replicaReads: replica && new ReplicaReads({ primary: sql, replica, log }),
    keys,
    limiter: createLimiter(configuration.rateLimitPerMinute, redis, log),
    controllers,
    publicUrl,
    guestMeetings: configuration.guestMeetings,
    signIn: configuration.signIn,
    secret: configuration.serviceSecret,
    corsOrigins: configuration.corsOrigins,
    webhooks: {
      sealing: await SealingKey.derive(configuration.keys.signingKey, WEBHOOK_SEALING_LABEL),
      allowPrivate: configuration.webhookAllowPrivate,
    },
    quotas: configuration.quotas,
    region,
    regions: new RegionChoice({ ownRegion: region, locations, names, geo }),
    log,
  });
  const { app, registry, meetings, clients, hasher, audit, firstAdministrator } = composed;
  const { deliveries, moderation } = composed;
  const rpc = createRpcHandler({
    secret: configuration.serviceSecret,
    audience: "global-controller",
    routes: globalControllerRoutes({
      registry,
      meetings,
      silence: new SilenceWatch({ registry, meetings, log }),
      joinTokenJwks: () => keys.jwks(["join"]),
      log,
    }),
  });
  const pages = configuration.pagesOrigin === undefined
    ? builtPages(configuration.pagesBuild, log)
    : forwardedPages(configuration.pagesOrigin, log);
  if (configuration.bootstrapClient) {
    const { clientId, clientSecret } = configuration.bootstrapClient;
    await clients.saveBootstrapClient(clientId, await hasher.hash(clientSecret));
  }
  const settings = configuration.firstAdministrator;
  await startFirstAdministrator({ firstAdministrator, settings, audit, log });
  const retention = new RetentionSchedule(
    new PostgresRetention(sql, configuration.retention, log),
    log,
  );
  const recurring = [
    new RecurringWork({
      name: "moderation",
      intervalMs: MODERATION_INTERVAL_MS,
      work: (signal) => moderation.recordAll(signal),
      log,
    }),
    new RecurringWork({
      name: "attendance",
      intervalMs: ATTENDANCE_INTERVAL_MS,
      work: () => keepAttendance(meetings, log),
      log,
    }),
  ];
  const stop = new AbortController();
  const delivering = deliveries.run(stop.signal);
  const retaining = retention.run(stop.signal);
  const working = recurring.map((work) => work.run(stop.signal));
  return {
    async fetch(request, peer) {
      deliveries.requestArrived();
      retention.requestArrived();
      for (const work of recurring) work.requestArrived();
      const answer = rpc(request);
      if (answer) return await answer;
      const remoteAddress = proxies.clientAddress(peer, request.headers.get("x-forwarded-for"));
      const api = async (apiRequest: Request) =>
        await app.fetch(apiRequest, {
          clientAddress: remoteAddress,
          regionHint: regionHint(request, peer),
        });
      const { pathname } = new URL(request.url);
      if (pathname === "/api" || pathname.startsWith("/api/") || pathname === JWKS_PATH) {
        return await api(request);
      }
      return await pages(request, { api, remoteAddress });
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await delivering;
      await retaining;
      await Promise.all(working);
      redis?.disconnect();
      await Promise.all([sql.end({ timeout: 5 }), replica?.end({ timeout: 5 })]);
    },
  };
}

function createLimiter(
  limit: number,
  redis: ReturnType<typeof connectRedis> | undefined,
  log: Logger,
): RateLimiter {
  const local = new InProcessRateLimiter(limit);
  if (redis === undefined) {
    log.info("rate limits count in this process alone");
    return local;
  }
  return new FallbackRateLimiter(new RedisRateLimiter(redis, limit), local, log);
}
