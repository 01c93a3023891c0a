import type { Database } from "../../db/connection.ts";
import { type Environment, readBoolean } from "../runtime/configuration.ts";
import type { Logger } from "../runtime/log.ts";
import type { AuditLog } from "./audit/audit_log.ts";
import { addInvitationAcceptanceRoute } from "./auth/account/invitation_routes.ts";
import { Login } from "./auth/session/login.ts";
import { OidcProvider } from "./auth/oidc/oidc_provider.ts";
import { addOidcRoutes, OIDC_CALLBACK_PATH, OIDC_START_PATH } from "./auth/oidc/oidc_routes.ts";
import { type OidcSettings, readOidcSettings } from "./auth/oidc/oidc_settings.ts";
import { OidcSignIn } from "./auth/oidc/oidc_sign_in.ts";
import {
  addPasswordLinkRoutes,
  refusePasswordLinks,
} from "./auth/password/password_link_routes.ts";
import { addPasswordRoutes, refusePasswords } from "./auth/password/password_routes.ts";
import { PasswordService } from "./auth/password/password_service.ts";
import { PostgresAccountDirectory } from "./auth/account/postgres_account_directory.ts";
import { PostgresLoginSessionStore } from "./auth/session/postgres_login_session_store.ts";
import { PostgresOidcSignInStore } from "./auth/oidc/postgres_oidc_sign_in_store.ts";
import { PostgresPasswordLinkStore } from "./auth/password/postgres_password_link_store.ts";
import { PostgresSignInThrottle } from "./auth/password/postgres_sign_in_throttle.ts";
import type { SecretHasher } from "./auth/secret_hasher.ts";
import { addSessionRoutes } from "./auth/session/session_routes.ts";
import type { TokenKeys } from "./auth/signing/token_keys.ts";
import type { Quotas } from "./organisation/quota/quota.ts";
import type { RouteGroup } from "./rest/api_environment.ts";

/** Which ways to sign in the operator allows. */
export interface SignInSettings {
  readonly passwords: boolean;
  readonly oidc: OidcSettings | undefined;
}

/** What signing in is composed from. */
export interface SignInParts {
  readonly sql: Database;
  readonly keys: TokenKeys;
  readonly audit: AuditLog;
  readonly hasher: SecretHasher;
  /** What an organisation may have without numbers of its own. */
  readonly quotas: Quotas;
  /** Origin of the pages. */
  readonly publicUrl: string;
  readonly settings: SignInSettings;
  readonly log: Logger;
}

/** Signing in: its routes, and how other parts start a login session. */
export interface SignInRoutes {
  readonly routes: readonly RouteGroup[];
  readonly login: Login;
}

/**
 * Reads `DT_PASSWORD_SIGN_IN` and `DT_OIDC_*`.
 *
 * @throws {ConfigurationError}
 */
export function readSignInSettings(env: Environment): SignInSettings {
  return {
    passwords: readBoolean(env, "DT_PASSWORD_SIGN_IN", false),
    oidc: readOidcSettings(env),
  };
}

/** Puts the ways to sign in together over one database. */
export function composeSignIn(parts: SignInParts): SignInRoutes {
  const { sql, keys, audit, hasher, publicUrl, settings, log } = parts;
  const accounts = new PostgresAccountDirectory(sql, parts.quotas);
  const sessions = new PostgresLoginSessionStore(sql);
  const login = new Login({ accounts, sessions, keys, audit });
  const passwords = settings.passwords
    ? new PasswordService({ accounts, hasher, throttle: new PostgresSignInThrottle(sql) })
    : undefined;
  const links = new PostgresPasswordLinkStore(sql);
  const { oidc } = settings;
  const signIn = oidc && new OidcSignIn({
    provider: new OidcProvider({
      settings: oidc,
      redirectUri: new URL(OIDC_CALLBACK_PATH, publicUrl).href,
    }),
    store: new PostgresOidcSignInStore(sql),
    accounts,
    autoJoin: oidc.autoJoin,
  });
  const methods = {
    password: settings.passwords,
    oidc: oidc === undefined ? null : { name: oidc.name, start_path: OIDC_START_PATH },
  };
  return {
    login,
    routes: [
      (app) => addSessionRoutes(app, { login, sessions, audit, methods, publicUrl }),
      (app) =>
        passwords === undefined
          ? refusePasswords(app)
          : addPasswordRoutes(app, { passwords, accounts, login, audit, publicUrl }),
      (app) =>
        passwords === undefined
          ? refusePasswordLinks(app)
          : addPasswordLinkRoutes(app, { links, passwords, accounts, login, audit, publicUrl }),
      (app) => addInvitationAcceptanceRoute(app, { accounts, passwords, login, audit, publicUrl }),
      (app) => addOidcRoutes(app, { signIn, login, audit, publicUrl, log }),
    ],
  };
}
