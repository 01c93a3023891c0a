import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { AuditLog } from "../../audit/audit_log.ts";
import { auditEntryOf } from "../../audit/request_audit.ts";
import type { ApiEnvironment } from "../../rest/api_environment.ts";
import { forbidden, notFound, unauthorized } from "../../rest/api_error.ts";
import { issueAccessToken, USER_TOKEN_LIFETIME_S } from "../token/access_token.ts";
import type { Account, AccountDirectory, AccountMembership } from "../account/account_directory.ts";
import {
  type LoginSession,
  type LoginSessionStore,
  SESSION_LIFETIME_DAYS,
} from "./login_session_store.ts";
import { scopesOfRole } from "../scope.ts";
import { type SignedIn, writeSignedIn } from "./session_messages.ts";
import type { TokenKeys } from "../signing/token_keys.ts";

/** The refresh token's cookie, behind the prefix `__Host-` (RFC 6265bis, 4.1.3.2). */
const COOKIE = "dt_refresh";
const COOKIE_OPTIONS = {
  prefix: "host",
  httpOnly: true,
  secure: true,
  sameSite: "Strict",
  path: "/",
} as const;
const DAY_S = 86_400;

type ApiContext = Context<ApiEnvironment>;

/** How somebody proved who they are; told in the audit log. */
export type SignInMethod = "password" | "oidc" | "invitation" | "setup" | "password_link";

/** Starts, refreshes and ends login sessions: the refresh cookie of one browser. */
export class Login {
  readonly #accounts: AccountDirectory;
  readonly #sessions: LoginSessionStore;
  readonly #keys: TokenKeys;
  readonly #audit: AuditLog;

  constructor(options: {
    accounts: AccountDirectory;
    sessions: LoginSessionStore;
    keys: TokenKeys;
    audit: AuditLog;
  }) {
    this.#accounts = options.accounts;
    this.#sessions = options.sessions;
    this.#keys = options.keys;
    this.#audit = options.audit;
  }

  /**
   * Signs a person in who has just proven who they are: sets the cookie and gives an access token.
   *
   * @param organisationId which organisation the token is for; the one joined first by default.
   * @throws {ApiError} FORBIDDEN for somebody who was disabled or is in no organisation.
   */
  async start(
    context: ApiContext,
    userId: string,
    method: SignInMethod,
    organisationId?: string,
  ): Promise<SignedIn> {
    const account = await this.#accounts.find(userId);
    if (account === undefined || account.disabled) throw forbidden("this account is disabled");
    const organisations = await this.#accounts.membershipsOf(userId);
    const organisation = chooseOrganisation(organisations, organisationId);
    // A browser has one session: another person's, or an older one, ends.
    const old = readCookie(context);
    if (old !== undefined) await this.#sessions.end(old);
    const userAgent = context.req.header("user-agent") ?? "";
    const { session, refreshToken } = await this.#sessions.start(userId, userAgent);
    writeCookie(context, refreshToken);
    await this.#audit.record({
      ...auditEntryOf(context, {
        organisationId: organisation.organisationId,
        action: "user.signed_in",
        target: `user:${userId}`,
        details: { method, session_id: session.sessionId },
      }),
      actor: `user:${userId}`,
    });
    return await this.#signedIn(account, session, organisation, organisations);
  }

  /**
   * A new access token for the browser's session, whose refresh token is replaced.
   *
   * @param organisationId which organisation the token is for; the one joined first by default.
   * @throws {ApiError} UNAUTHORIZED without a living session, NOT_FOUND for an organisation that
   *   the person is not in, FORBIDDEN for somebody who is in none.
   */
  async refresh(context: ApiContext, organisationId?: string): Promise<SignedIn> {
    const sent = readCookie(context);
    if (sent === undefined) throw unauthorized("nobody is signed in here");
    const result = await this.#sessions.refresh(sent);
    if (result.outcome === "refused" || result.outcome === "reused") {
      clearCookie(context);
      if (result.outcome === "reused") await this.#tellReuse(context, result.session);
      throw unauthorized("the login session has ended: sign in again");
    }
    // The cookie first: what fails from here on must not lose the session.
    if (result.outcome === "rotated") writeCookie(context, result.refreshToken);
    const { session } = result;
    const account = await this.#accounts.find(session.userId);
    if (account === undefined) throw unauthorized("the account is gone");
    const organisations = await this.#accounts.membershipsOf(session.userId);
    const organisation = chooseOrganisation(organisations, organisationId);
    return await this.#signedIn(account, session, organisation, organisations);
  }

  /** Ends the browser's session, if it has one. */
  async end(context: ApiContext): Promise<void> {
    const sent = readCookie(context);
    clearCookie(context);
    if (sent === undefined) return;
    const session = await this.#sessions.end(sent);
    if (session !== undefined) await this.#tellEnd(context, session, "signed out");
  }

  async #signedIn(
    account: Account,
    session: LoginSession,
    organisation: AccountMembership,
    organisations: readonly AccountMembership[],
  ): Promise<SignedIn> {
    const { organisationId, role } = organisation;
    const accessToken = await issueAccessToken(this.#keys, {
      kind: "user",
      userId: account.userId,
      sessionId: session.sessionId,
      organisationId,
      role,
      scopes: scopesOfRole(role),
    });
    return writeSignedIn({
      account,
      organisation,
      organisations,
      accessToken,
      expiresInS: USER_TOKEN_LIFETIME_S,
    });
  }

  #tellReuse(context: ApiContext, session: LoginSession): Promise<void> {
    return this.#tellEnd(context, session, "a replaced refresh token was used again");
  }

  async #tellEnd(context: ApiContext, session: LoginSession, reason: string): Promise<void> {
    const [organisation] = await this.#accounts.membershipsOf(session.userId);
    await this.#audit.record({
      ...auditEntryOf(context, {
        organisationId: organisation?.organisationId ?? null,
        action: "session.revoked",
        target: `session:${session.sessionId}`,
        details: { user_id: session.userId, reason },
      }),
      ...(reason === "signed out" ? { actor: `user:${session.userId}` } : {}),
    });
  }
}

function chooseOrganisation(
  organisations: readonly AccountMembership[],
  organisationId?: string,
): AccountMembership {
  if (organisationId === undefined) {
    const [first] = organisations;
    if (first === undefined) throw forbidden("this account is in no organisation");
    return first;
  }
  const wanted = organisationId.toLowerCase();
  const organisation = organisations.find((other) => other.organisationId === wanted);
  if (organisation === undefined) throw notFound("no such organisation");
  return organisation;
}

function readCookie(context: ApiContext): string | undefined {
  return getCookie(context, COOKIE, "host");
}

function writeCookie(context: ApiContext, refreshToken: string): void {
  const maxAge = SESSION_LIFETIME_DAYS * DAY_S;
  setCookie(context, COOKIE, refreshToken, { ...COOKIE_OPTIONS, maxAge });
}

function clearCookie(context: ApiContext): void {
  deleteCookie(context, COOKIE, COOKIE_OPTIONS);
}
