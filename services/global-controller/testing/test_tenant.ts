import type { Database } from "../../../db/connection.ts";
import type { ClientCaller, UserCaller } from "../auth/caller.ts";
import { type MembershipRole, SCOPES, scopesOfRole } from "../auth/scope.ts";

/** An organisation with a program and with a person in each role. */
export interface TestTenant {
  readonly organisationId: string;
  /** With every scope. */
  readonly client: ClientCaller;
  readonly owner: UserCaller;
  readonly admin: UserCaller;
  readonly member: UserCaller;
}

/** The hash of a secret that nobody knows. */
export const NO_SECRET_HASH = `scrypt$15$8$1$${"00".repeat(16)}$${"00".repeat(32)}`;

/** Adds an organisation called `slug`, whose people have the addresses `role@slug.example`. */
export async function createTestTenant(sql: Database, slug: string): Promise<TestTenant> {
  const [organisation] = await sql<{ organisation_id: string }[]>`
    INSERT INTO organisations (slug, name) VALUES (${slug}, ${`Organisation ${slug}`})
    RETURNING organisation_id`;
  const organisationId = organisation!.organisation_id;
  const clientId = `${slug}-client`;
  await sql`
    INSERT INTO api_clients (client_id, secret_hash, organisation_id, scopes)
    VALUES (${clientId}, ${NO_SECRET_HASH}, ${organisationId}, ${[...SCOPES]})`;
  const person = async (role: MembershipRole): Promise<UserCaller> => {
    const [user] = await sql<{ user_id: string }[]>`
      INSERT INTO users (email, display_name) VALUES (${`${role}@${slug}.example`}, ${role})
      RETURNING user_id`;
    const userId = user!.user_id;
    await sql`INSERT INTO memberships (organisation_id, user_id, role)
      VALUES (${organisationId}, ${userId}, ${role})`;
    const sessionId = crypto.randomUUID();
    await sql`INSERT INTO login_sessions
        (session_id, user_id, family_hash, refresh_hash, expires_at)
      VALUES (${sessionId}, ${userId}, ${crypto.getRandomValues(new Uint8Array(32))},
        ${crypto.getRandomValues(new Uint8Array(32))}, now() + interval '1 day')`;
    return { kind: "user", userId, sessionId, organisationId, role, scopes: scopesOfRole(role) };
  };
  return {
    organisationId,
    client: { kind: "client", clientId, organisationId, scopes: new Set(SCOPES) },
    owner: await person("owner"),
    admin: await person("admin"),
    member: await person("member"),
  };
}
