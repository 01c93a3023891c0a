import { ApiError, forbidden, unauthorized } from "../rest/api_error.ts";
import type { MembershipRole, Scope } from "./scope.ts";

/** Somebody without an account or credentials. */
export interface GuestCaller {
  readonly kind: "guest";
}

/** A program that got its access token with a client id and a secret (specification 1.4). */
export interface ClientCaller {
  readonly kind: "client";
  readonly clientId: string;
  readonly organisationId: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** A program that sends an API key with each request. */
export interface KeyCaller {
  readonly kind: "key";
  readonly keyId: string;
  readonly organisationId: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** A person who signed in, acting in one organisation. */
export interface UserCaller {
  readonly kind: "user";
  readonly userId: string;
  /** The login session that the access token belongs to. */
  readonly sessionId: string;
  readonly organisationId: string;
  readonly role: MembershipRole;
  readonly scopes: ReadonlySet<Scope>;
}

/** A caller who belongs to an organisation. */
export type IdentifiedCaller = ClientCaller | KeyCaller | UserCaller;

/** Who sent a request. */
export type Caller = GuestCaller | IdentifiedCaller;

/**
 * The caller, who may do what `scope` stands for in the caller's own organisation.
 *
 * @throws {ApiError} UNAUTHORIZED for a guest, FORBIDDEN without the scope.
 */
export function requireScope(caller: Caller, scope: Scope): IdentifiedCaller {
  if (caller.kind === "guest") throw unauthorized("this needs an access token or an API key");
  if (!caller.scopes.has(scope)) {
    throw new ApiError(403, "FORBIDDEN", `this needs the scope ${scope}`, {
      details: { required_scope: scope },
    });
  }
  return caller;
}

/**
 * The caller, who is a person.
 *
 * @throws {ApiError} UNAUTHORIZED for a guest, FORBIDDEN for a program.
 */
export function requireUser(caller: Caller): UserCaller {
  if (caller.kind === "guest") throw unauthorized("this needs a person's access token");
  if (caller.kind !== "user") throw forbidden("this is for people, not for programs");
  return caller;
}

/** Whether the caller may act on everything in the organisation, not only on what is its own. */
export function actsForOrganisation(caller: IdentifiedCaller): boolean {
  return caller.kind !== "user" || caller.role !== "member";
}

/** A text that names the caller in logs, limits and the audit log; a guest is named by address. */
export function callerName(caller: Caller, addressGroup: string): string {
  switch (caller.kind) {
    case "guest":
      return `address:${addressGroup}`;
    case "client":
      return `client:${caller.clientId}`;
    case "key":
      return `key:${caller.keyId}`;
    case "user":
      return `user:${caller.userId}`;
  }
}
