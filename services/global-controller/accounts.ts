import type { Database } from "../../db/connection.ts";
import type { AuditLog } from "./audit/audit_log.ts";
import type { Login } from "./auth/session/login.ts";
import type { SecretHasher } from "./auth/secret_hasher.ts";
import { ApiClientIssuing } from "./organisation/credential/api_client_issuing.ts";
import { addApiClientRoutes } from "./organisation/credential/api_client_routes.ts";
import { addApiKeyRoutes } from "./organisation/credential/api_key_routes.ts";
import type { FirstAdministrator } from "./organisation/first_administrator/first_administrator.ts";
import { addFirstAdministratorRoutes } from "./organisation/first_administrator/first_administrator_routes.ts";
import { addInvitationRoutes } from "./organisation/invitation/invitation_routes.ts";
import { addMemberRoutes } from "./organisation/member/member_routes.ts";
import { addOrganisationRoutes } from "./organisation/organisation_routes.ts";
import { PostgresApiKeyStore } from "./organisation/credential/postgres_api_key_store.ts";
import { PostgresInvitationStore } from "./organisation/invitation/postgres_invitation_store.ts";
import { PostgresManagedApiClientStore } from "./organisation/credential/postgres_managed_api_client_store.ts";
import { PostgresMemberStore } from "./organisation/member/postgres_member_store.ts";
import { PostgresOrganisationStore } from "./organisation/postgres_organisation_store.ts";
import { PostgresQuotaStore } from "./organisation/quota/postgres_quota_store.ts";
import type { Quotas } from "./organisation/quota/quota.ts";
import type { RouteGroup } from "./rest/api_environment.ts";
import { PostgresUserStore } from "./user/postgres_user_store.ts";
import { addUserRoutes } from "./user/user_routes.ts";

/** What the routes of people and organisations stand on. */
export interface AccountParts {
  readonly sql: Database;
  readonly audit: AuditLog;
  readonly hasher: SecretHasher;
  readonly login: Login;
  readonly firstAdministrator: FirstAdministrator;
  /** What an organisation may have without numbers of its own. */
  readonly quotas: Quotas;
  /** Origin of the pages. */
  readonly publicUrl: string;
}

/** The routes of people, organisations, and the credentials that these give out. */
export function accountRoutes(parts: AccountParts): RouteGroup[] {
  const { sql, audit, hasher, login, firstAdministrator, publicUrl } = parts;
  const apiClients = new PostgresManagedApiClientStore(sql);
  return [
    (app) => addUserRoutes(app, new PostgresUserStore(sql)),
    (app) =>
      addOrganisationRoutes(app, {
        organisations: new PostgresOrganisationStore(sql),
        quotas: new PostgresQuotaStore(sql, parts.quotas),
        audit,
      }),
    (app) => addMemberRoutes(app, { members: new PostgresMemberStore(sql), audit }),
    (app) =>
      addInvitationRoutes(app, {
        invitations: new PostgresInvitationStore(sql, parts.quotas),
        audit,
        publicUrl,
      }),
    (app) =>
      addApiClientRoutes(app, {
        apiClients,
        issuing: new ApiClientIssuing(apiClients, hasher),
        audit,
      }),
    (app) => addApiKeyRoutes(app, { apiKeys: new PostgresApiKeyStore(sql), audit }),
    (app) =>
      addFirstAdministratorRoutes(app, {
        firstAdministrator,
        startSession: (context, userId) => login.start(context, userId, "setup"),
        audit,
        publicUrl,
      }),
  ];
}
