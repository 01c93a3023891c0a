import type { Database } from "../../db/connection.ts";
import { PrimaryReads, type ReadRouting } from "../../db/read_routing.ts";
import type { Logger } from "../runtime/log.ts";
import { accountRoutes } from "./accounts.ts";
import { createApp } from "./app.ts";
import { addAuditRoutes } from "./audit/audit_routes.ts";
import { AuditService } from "./audit/audit_service.ts";
import type { AuditLog } from "./audit/audit_log.ts";
import { PostgresAuditLog } from "./audit/postgres_audit_log.ts";
import type { ApiClientStore } from "./auth/token/api_client_store.ts";
import { BearerAuthenticator } from "./auth/token/bearer_authenticator.ts";
import { PostgresApiClientStore } from "./auth/token/postgres_api_client_store.ts";
import { CredentialStatus } from "./auth/credential/credential_status.ts";
import { addJwksRoutes } from "./auth/signing/jwks_routes.ts";
import type { KeyRing } from "./auth/signing/key_ring.ts";
import { PostgresCredentialStore } from "./auth/credential/postgres_credential_store.ts";
import { SecretHasher } from "./auth/secret_hasher.ts";
import { addTokenRoutes } from "./auth/token/token_routes.ts";
import { PostgresIdempotencyStore } from "./idempotency/postgres_idempotency_store.ts";
import { JoinTokenIssuer } from "./grant/join_token_issuer.ts";
import { PostgresJoinTokenStore } from "./grant/postgres_join_token_store.ts";
import { carryRevocations } from "./grant/revocation_carrier.ts";
import { joiningRoutes } from "./joining.ts";
import { JoinOrigins } from "./meeting/join/join_origins.ts";
import { MeetingCreator } from "./meeting/meeting_creator.ts";
import { MeetingPropagation } from "./meeting/meeting_propagation.ts";
import { addMeetingRoutes } from "./meeting/meeting_routes.ts";
import { MeetingService } from "./meeting/meeting_service.ts";
import type { MeetingStore } from "./meeting/meeting_store.ts";
import { PostgresMeetingList } from "./meeting/postgres_meeting_list.ts";
import { PostgresMeetingStore } from "./meeting/postgres_meeting_store.ts";
import { FirstAdministrator } from "./organisation/first_administrator/first_administrator.ts";
import { ModerationRecorder } from "./moderation/moderation_recorder.ts";
import { PostgresModerationOutbox } from "./moderation/postgres_moderation_outbox.ts";
import { PostgresFirstAdministratorStore } from "./organisation/first_administrator/postgres_first_administrator_store.ts";
import { PostgresQuotaStore } from "./organisation/quota/postgres_quota_store.ts";
import type { Quotas } from "./organisation/quota/quota.ts";
import { PostgresRecordingStore } from "./recording/postgres_recording_store.ts";
import { addRecordingRoutes } from "./recording/recording_routes.ts";
import { RecordingService } from "./recording/recording_service.ts";
import type { RateLimiter } from "./rate_limit/rate_limiter.ts";
import type { MeetingControllerClient } from "./region/meeting_controller_client.ts";
import { MeetingPlacement } from "./region/meeting_placement.ts";
import { RegionChoice } from "./region/region_choice.ts";
import { addRegionRoutes } from "./region/region_routes.ts";
import { PostgresServerRegistry } from "./region/postgres_server_registry.ts";
import type { ServerRegistry } from "./region/server_registry.ts";
import type { ApiApp } from "./rest/api_environment.ts";
import { HealthCheck } from "./rest/health.ts";
import { readYourWrites } from "./rest/read_your_writes.ts";
import { PostgresRoomStore } from "./room/postgres_room_store.ts";
import { addRoomRoutes } from "./room/room_routes.ts";
import { RoomService } from "./room/room_service.ts";
import type { DeliveryWorker } from "./webhook/delivery_worker.ts";
import { composeWebhooks, type WebhookSettings } from "./webhook/webhooks.ts";
import { composeSignIn, type SignInSettings } from "./sign_in.ts";

/** What the API is composed from. */
export interface ApiParts {
  readonly sql: Database;
  /** Where lists are read; undefined: there is no replica. */
  readonly replicaReads?: ReadRouting;
  readonly keys: KeyRing;
  readonly limiter: RateLimiter;
  readonly controllers: MeetingControllerClient;
  /** Origin of the pages, such as http://localhost:8080. */
  readonly publicUrl: string;
  /** Whether guests may create meetings. */
  readonly guestMeetings: boolean;
  /** What an organisation may have without numbers of its own. */
  readonly quotas: Quotas;
  readonly signIn: SignInSettings;
  readonly region: string;
  /** Without it, callers are near this process. */
  readonly regions?: RegionChoice;
  /** Shared by all global controllers, at least 32 characters. */
  readonly secret: string;
  /** Other origins whose pages may call the API. */
  readonly corsOrigins: readonly string[];
  readonly webhooks: WebhookSettings;
  readonly log: Logger;
}

/** The API over its stores, and what the services' RPCs share with it. */
export interface Api {
  readonly app: ApiApp;
  readonly registry: ServerRegistry;
  readonly meetings: MeetingStore;
  readonly clients: ApiClientStore;
  readonly hasher: SecretHasher;
  readonly audit: AuditLog;
  readonly firstAdministrator: FirstAdministrator;
  /** Sends webhooks once it is told to run. */
  readonly deliveries: DeliveryWorker;
  /** Records what moderators did in meetings, whenever it is told to. */
  readonly moderation: ModerationRecorder;
}

/** Puts the parts of the REST API together over one database. */
export function composeApi(parts: ApiParts): Api {
  const { sql, keys, region, log } = parts;
  const joinTokens = new PostgresJoinTokenStore(sql);
  const controllers = carryRevocations(parts.controllers, joinTokens);
  const reads = parts.replicaReads ?? new PrimaryReads(sql);
  const registry = new PostgresServerRegistry(sql);
  const audit = new PostgresAuditLog(sql);
  const quotas = new PostgresQuotaStore(sql, parts.quotas);
  const meetings = new PostgresMeetingStore(sql, parts.quotas);
  const rooms = new PostgresRoomStore(sql);
  const webhooks = composeWebhooks({ sql, audit, settings: parts.webhooks, log });
  const { events, deliveries } = webhooks;
  const clients = new PostgresApiClientStore(sql);
  const hasher = new SecretHasher();
  const { regions = new RegionChoice({ ownRegion: region }) } = parts;
  const placement = new MeetingPlacement({ registry, meetings, controllers, regions, log });
  const tokens = new JoinTokenIssuer({ keys, store: joinTokens });
  const guestQuotas = parts.quotas;
  const creator = new MeetingCreator({ meetings, quotas, guestQuotas });
  const propagation = new MeetingPropagation({ meetings, controllers });
  const origins = new JoinOrigins(parts.secret);
  const meetingService = new MeetingService({
    meetings,
    origins,
    list: { page: (query) => reads.read((from) => new PostgresMeetingList(from).page(query)) },
    rooms,
    creator,
    placement,
    propagation,
    tokens,
    hasher,
    publicUrl: parts.publicUrl,
    guestMeetings: parts.guestMeetings,
  });
  const moderation = new ModerationRecorder({
    outbox: new PostgresModerationOutbox(sql),
    propagation,
    onRecorded: () => deliveries.nudge(),
    log,
  });
  const signIn = composeSignIn({
    sql,
    keys,
    audit,
    hasher,
    quotas: parts.quotas,
    publicUrl: parts.publicUrl,
    settings: parts.signIn,
    log,
  });
  const firstAdministrator = new FirstAdministrator({
    store: new PostgresFirstAdministratorStore(sql),
    hasher,
    secret: parts.secret,
    publicUrl: parts.publicUrl,
    passwords: parts.signIn.passwords,
  });
  const app = createApp({
    routes: [
      (app) => void (parts.replicaReads && app.use(readYourWrites)),
      (app) => addTokenRoutes(app, { clients, hasher, keys }),
      (app) => addJwksRoutes(app, keys),
      ...signIn.routes,
      (app) => addAuditRoutes(app, { service: new AuditService(sql, reads), audit }),
      ...accountRoutes({
        sql,
        audit,
        hasher,
        login: signIn.login,
        firstAdministrator,
        quotas: parts.quotas,
        publicUrl: parts.publicUrl,
      }),
      ...webhooks.routes,
      (app) => addRegionRoutes(app, { registry, regions }),
      (app) =>
        addRecordingRoutes(app, {
          service: new RecordingService(new PostgresRecordingStore(sql, reads), meetings),
          audit,
        }),
      (app) => addMeetingRoutes(app, { meetings: meetingService, audit }),
      (app) =>
        addRoomRoutes(app, {
          rooms: new RoomService({ rooms, meetings, creator, hasher }),
          meetingUrl: (code) => meetingService.urlOf(code),
          audit,
        }),
      ...joiningRoutes({
        sql,
        reads,
        meetings,
        placement,
        controllers,
        tokens: { issuer: tokens, store: joinTokens },
        hasher,
        audit,
        events,
        origins,
        propagation,
        meetingUrl: (code) => meetingService.urlOf(code),
      }),
    ],
    authenticator: new BearerAuthenticator(
      keys,
      new CredentialStatus({ store: new PostgresCredentialStore(sql), log }),
    ),
    limiter: parts.limiter,
    health: new HealthCheck(() => sql`SELECT 1`),
    idempotencyStore: new PostgresIdempotencyStore(sql),
    secret: parts.secret,
    publicUrl: parts.publicUrl,
    corsOrigins: parts.corsOrigins,
    region,
    log,
  });
  return {
    app,
    registry,
    meetings,
    clients,
    hasher,
    audit,
    firstAdministrator,
    deliveries,
    moderation,
  };
}
