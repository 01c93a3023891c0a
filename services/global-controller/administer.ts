/** What only the operator may do: `deno run -A services/global-controller/administer.ts --help`. */
import { connectDatabase, type Database, isDatabaseUnreachable } from "../../db/connection.ts";
import { ConfigurationError, type Environment, readString } from "../runtime/configuration.ts";
import type { AuditEntry } from "./audit/audit_log.ts";
import { PostgresAuditLog } from "./audit/postgres_audit_log.ts";
import { PASSWORD_LINK_LIFETIME_H, passwordLinkUrl } from "./auth/password/password_link.ts";
import { PostgresPasswordLinkStore } from "./auth/password/postgres_password_link_store.ts";
import { SecretHasher } from "./auth/secret_hasher.ts";
import { readOrigin } from "./configuration.ts";
import {
  OPERATOR_USAGE,
  type OperatorCommand,
  OperatorUsageError,
  parseOperatorCommand,
} from "./operator_command.ts";
import { ApiClientIssuing } from "./organisation/credential/api_client_issuing.ts";
import { INVITATION_LIFETIME_DAYS, invitationUrl } from "./organisation/invitation/invitation.ts";
import type { InvitationRequest } from "./organisation/invitation/invitation_store.ts";
import type { Organisation } from "./organisation/organisation.ts";
import { PostgresInvitationStore } from "./organisation/invitation/postgres_invitation_store.ts";
import { PostgresManagedApiClientStore } from "./organisation/credential/postgres_managed_api_client_store.ts";
import { PostgresOrganisationStore } from "./organisation/postgres_organisation_store.ts";
import { readQuotas } from "./organisation/quota/quota_settings.ts";
import { ApiError } from "./rest/api_error.ts";
import { PostgresUserStore } from "./user/postgres_user_store.ts";

/** Organisations that one query of the list reads. */
const LIST_BATCH = 100;

/** Does what one command says. */
class Operator {
  readonly #sql: Database;
  readonly #env: Environment;
  readonly #organisations: PostgresOrganisationStore;

  constructor(sql: Database, env: Environment) {
    this.#sql = sql;
    this.#env = env;
    this.#organisations = new PostgresOrganisationStore(sql);
  }

  /** The lines to show. */
  async run(command: OperatorCommand): Promise<string[]> {
    switch (command.kind) {
      case "organisation create":
        return await this.#createOrganisation(command.slug, command.name, command.ownerEmail);
      case "organisation invite": {
        const { email, role } = command;
        const { organisationId } = await this.#organisation(command.slug);
        return await this.#invite({ organisationId, email, role, invitedBy: null });
      }
      case "organisation quota":
        return await this.#setQuotas(command);
      case "organisation list":
        return await this.#listOrganisations();
      case "user disable":
      case "user enable":
        return await this.#setDisabled(command.email, command.kind === "user disable");
      case "user password-link":
        return await this.#passwordLink(command.email);
      case "client create":
        return await this.#createClient(command);
    }
  }

  async #createOrganisation(slug: string, name: string, ownerEmail: string): Promise<string[]> {
    this.#publicUrl();
    const { organisationId } = await this.#organisations.create(slug, name);
    await this.#record({
      organisationId,
      action: "organisation.created",
      target: `organisation:${organisationId}`,
      details: { slug, name },
    });
    const owner = { organisationId, email: ownerEmail, role: "owner", invitedBy: null } as const;
    return [`organisation ${slug} created`, ...await this.#invite(owner)];
  }

  async #invite(request: InvitationRequest): Promise<string[]> {
    const publicUrl = this.#publicUrl();
    const invitations = new PostgresInvitationStore(this.#sql, readQuotas(this.#env));
    const { invitation, token } = await invitations.create(request);
    const { email, role } = request;
    await this.#record({
      organisationId: request.organisationId,
      action: "member.invited",
      target: `invitation:${invitation.invitationId}`,
      details: { email, role },
    });
    return [
      `link for ${email} to join as ${role}, good for ${INVITATION_LIFETIME_DAYS} days and shown ` +
      "this once; no mail is sent:",
      invitationUrl(publicUrl, token),
    ];
  }

  async #setQuotas(
    { slug, quotas }: Extract<OperatorCommand, { kind: "organisation quota" }>,
  ): Promise<string[]> {
    const organisation = await this.#organisations.setQuotas(slug, quotas);
    if (organisation === undefined) throw new OperatorUsageError(`no organisation "${slug}"`);
    const { organisationId } = organisation;
    const details = Object.fromEntries(
      Object.entries(quotas).filter(([, value]) => value !== undefined),
    );
    await this.#record({
      organisationId,
      action: "organisation.quota_changed",
      target: `organisation:${organisationId}`,
      details,
    });
    return [`quotas of ${slug} changed`];
  }

  async #listOrganisations(): Promise<string[]> {
    const { maxMembers, maxOpenMeetings, maxParticipants } = readQuotas(this.#env);
    const lines = ["slug\tmembers\topen meetings\tparticipants a meeting\tname"];
    for (let after = "";;) {
      const batch = await this.#organisations.list(after, LIST_BATCH);
      for (const organisation of batch) {
        lines.push([
          organisation.slug,
          `${organisation.members}/${organisation.maxMembers ?? maxMembers}`,
          `${organisation.openMeetings}/${organisation.maxOpenMeetings ?? maxOpenMeetings}`,
          `${organisation.maxParticipants ?? maxParticipants}`,
          printable(organisation.name),
        ].join("\t"));
      }
      if (batch.length < LIST_BATCH) return lines;
      after = batch.at(-1)!.slug;
    }
  }

  async #setDisabled(email: string, disabled: boolean): Promise<string[]> {
    const user = await new PostgresUserStore(this.#sql).setDisabled(email, disabled);
    if (user === undefined) throw new OperatorUsageError(`nobody has the address ${email}`);
    await this.#record({
      organisationId: null,
      action: disabled ? "user.disabled" : "user.enabled",
      target: `user:${user.userId}`,
      details: { email },
    });
    return [
      disabled
        ? `${email} is signed out, within five seconds everywhere, and signs in no more`
        : `${email} may sign in again`,
    ];
  }

  async #passwordLink(email: string): Promise<string[]> {
    const publicUrl = this.#publicUrl();
    const link = await new PostgresPasswordLinkStore(this.#sql).createFor(email);
    if (link === undefined) throw new OperatorUsageError(`nobody has the address ${email}`);
    await this.#record({
      organisationId: null,
      action: "password_link.created",
      target: `user:${link.userId}`,
      details: { email },
    });
    return [
      `link for ${email} to choose another password, good for ${PASSWORD_LINK_LIFETIME_H} hours, ` +
      "once, and shown this once; no mail is sent:",
      passwordLinkUrl(publicUrl, link.token),
    ];
  }

  async #createClient(
    { slug, name, scopes }: Extract<OperatorCommand, { kind: "client create" }>,
  ): Promise<string[]> {
    const { organisationId } = await this.#organisation(slug);
    const clients = new PostgresManagedApiClientStore(this.#sql);
    const issuing = new ApiClientIssuing(clients, new SecretHasher());
    const { client, secret } = await issuing.create({ organisationId, name, scopes });
    await this.#record({
      organisationId,
      action: "api_client.created",
      target: `api_client:${client.clientId}`,
      details: { name, scopes },
    });
    return [`client_id=${client.clientId}`, `client_secret=${secret}`];
  }

  async #organisation(slug: string): Promise<Organisation> {
    const organisation = await this.#organisations.findBySlug(slug);
    if (organisation === undefined) throw new OperatorUsageError(`no organisation "${slug}"`);
    return organisation;
  }

  #publicUrl(): string {
    const origin = readOrigin(this.#env, "DT_PUBLIC_URL");
    if (origin === undefined) throw new ConfigurationError("DT_PUBLIC_URL is not set");
    return origin;
  }

  #record(entry: Omit<AuditEntry, "actor">): Promise<void> {
    return new PostgresAuditLog(this.#sql).record({ ...entry, actor: "operator" });
  }
}

/** A name chosen by others must not steer the operator's terminal. */
function printable(text: string): string {
  return text.replace(/\p{C}/gu, "\ufffd");
}

/** One line for what the operator can mend; undefined for anything else. */
function reasonOf(error: unknown): string | undefined {
  if (
    error instanceof OperatorUsageError || error instanceof ConfigurationError ||
    error instanceof ApiError
  ) return error.message;
  if (isDatabaseUnreachable(error)) return "DATABASE_URL: nobody answers there";
  return undefined;
}

async function main(args: readonly string[], env: Environment): Promise<void> {
  if (args.includes("--help") || args.includes("-h")) return console.log(OPERATOR_USAGE);
  const command = parseOperatorCommand(args);
  const sql = connectDatabase(readString(env, "DATABASE_URL"), "administer");
  try {
    for (const line of await new Operator(sql, env).run(command)) console.log(line);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

if (import.meta.main) {
  try {
    await main(Deno.args, Deno.env);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    console.error(reason);
    Deno.exit(1);
  }
}
