import { parseArgs } from "node:util";
import type { z } from "@hono/zod-openapi";
import type { MembershipRole, Scope } from "./auth/scope.ts";
import { grantedScopes } from "./organisation/credential/api_key_messages.ts";
import { email } from "./organisation/invitation/invitation_messages.ts";
import { membershipRole } from "./organisation/member/member_messages.ts";
import type { QuotaChange } from "./organisation/organisation.ts";
import { organisationSlug, requiredName } from "./organisation/organisation_messages.ts";
import { MAX_QUOTA } from "./organisation/quota/quota.ts";

export const OPERATOR_USAGE =
  `The operator's commands; DATABASE_URL and DT_PUBLIC_URL are read from the environment.

  organisation create SLUG NAME --owner-email EMAIL
      a new organisation, and a link by which this person becomes its owner
  organisation invite SLUG EMAIL [--role owner|admin|member]
      a link by which this person joins the organisation, as an owner unless told otherwise
  organisation quota SLUG [--members N] [--open-meetings N] [--participants N]
      quotas of its own; "default" instead of a number goes back to the settings
  organisation list
      all organisations, and what they use of their quotas
  user disable EMAIL
      signs this person out everywhere, for good
  user enable EMAIL
      lets this person sign in again
  user password-link EMAIL
      a link by which this person, who forgot the password, chooses another one
  client create SLUG NAME --scopes SCOPE,SCOPE
      an API client with a secret, shown this once`;

/** What the operator wants done. */
export type OperatorCommand =
  | {
    readonly kind: "organisation create";
    readonly slug: string;
    readonly name: string;
    readonly ownerEmail: string;
  }
  | {
    readonly kind: "organisation invite";
    readonly slug: string;
    readonly email: string;
    readonly role: MembershipRole;
  }
  | { readonly kind: "organisation quota"; readonly slug: string; readonly quotas: QuotaChange }
  | { readonly kind: "organisation list" }
  | {
    readonly kind: "user disable" | "user enable" | "user password-link";
    readonly email: string;
  }
  | {
    readonly kind: "client create";
    readonly slug: string;
    readonly name: string;
    readonly scopes: readonly Scope[];
  };

/** A command that is none; its message is for the operator. */
export class OperatorUsageError extends Error {
  override readonly name = "OperatorUsageError";
}

/**
 * Reads what was typed behind `administer.ts`.
 *
 * @throws {OperatorUsageError}
 */
export function parseOperatorCommand(args: readonly string[]): OperatorCommand {
  const { positionals, values } = parseArguments(args);
  const kind = positionals.slice(0, 2).join(" ");
  const [first, second] = positionals.slice(2);
  const expect = (count: number, flags: readonly string[]) => {
    if (positionals.length !== 2 + count) throw new OperatorUsageError(`${kind}: see --help`);
    const unknown = Object.keys(values).find((flag) => !flags.includes(flag));
    if (unknown !== undefined) throw new OperatorUsageError(`${kind} takes no --${unknown}`);
  };
  switch (kind) {
    case "organisation create":
      expect(2, ["owner-email"]);
      return {
        kind,
        slug: read(organisationSlug, first, "the slug"),
        name: read(requiredName, second, "the name"),
        ownerEmail: read(email, values["owner-email"], "--owner-email"),
      };
    case "organisation invite":
      expect(2, ["role"]);
      return {
        kind,
        slug: read(organisationSlug, first, "the slug"),
        email: read(email, second, "the address"),
        role: read(membershipRole, values.role ?? "owner", "--role"),
      };
    case "organisation quota":
      expect(1, ["members", "open-meetings", "participants"]);
      return {
        kind,
        slug: read(organisationSlug, first, "the slug"),
        quotas: readQuotaChange(values),
      };
    case "organisation list":
      expect(0, []);
      return { kind };
    case "user disable":
    case "user enable":
    case "user password-link":
      expect(1, []);
      return { kind, email: read(email, first, "the address") };
    case "client create":
      expect(2, ["scopes"]);
      return {
        kind,
        slug: read(organisationSlug, first, "the slug"),
        name: read(requiredName, second, "the name"),
        scopes: read(grantedScopes, values.scopes?.split(","), "--scopes"),
      };
    default:
      throw new OperatorUsageError(
        kind === "" ? "which command? see --help" : `there is no command "${kind}": see --help`,
      );
  }
}

function parseArguments(args: readonly string[]) {
  const flag = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        "owner-email": flag,
        role: flag,
        members: flag,
        "open-meetings": flag,
        participants: flag,
        scopes: flag,
      },
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new OperatorUsageError(error.message);
  }
}

function read<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const reason = result.error.issues[0]?.message ?? "not valid";
  throw new OperatorUsageError(`${what}: ${value === undefined ? "missing" : reason}`);
}

function readQuotaChange(values: Record<string, string | undefined>): QuotaChange {
  const change = {
    maxMembers: readQuota(values.members, "--members"),
    maxOpenMeetings: readQuota(values["open-meetings"], "--open-meetings"),
    maxParticipants: readQuota(values.participants, "--participants"),
  };
  if (Object.values(change).every((value) => value === undefined)) {
    throw new OperatorUsageError("organisation quota: which one? see --help");
  }
  return change;
}

function readQuota(text: string | undefined, flag: string): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === "default") return null;
  const value = /^[1-9]\d{0,6}$/.test(text) ? Number(text) : Infinity;
  if (value <= MAX_QUOTA) return value;
  throw new OperatorUsageError(`${flag}: "default", or a number from 1 to ${MAX_QUOTA}`);
}
