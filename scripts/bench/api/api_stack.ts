import postgres from "postgres";
import type { Database } from "../../../db/connection.ts";
import { makeTemporaryDirectory } from "../../../db/temporary_directory.ts";
import { SERVICE_NAMES, Stack } from "../../../services/stack/stack.ts";
import { CREATED_NAME, fillHistory } from "./history.ts";
import type { RequestKind } from "./load.ts";
import { parentOf, processTree } from "./processes.ts";

/** Meetings that are open and served while requests for meetings come. */
const SERVED_MEETINGS = 200;
/** The history that lists and quotas meet in the stack, half of it the caller's organisation's. */
export const STACK_MEETINGS = 30_000;
/** No limit or quota is what is measured. */
const UNBOUNDED = "1000000";

/** The real services over real stores with a history, and an API client of an organisation there. */
export class ApiStack implements AsyncDisposable {
  private constructor(
    readonly stack: Stack,
    readonly sql: Database,
    /** The organisation of the API client. */
    readonly organisationId: string,
    /** The API client's. */
    readonly token: string,
    /** Create, get, list and join. */
    readonly kinds: readonly RequestKind[],
    readonly dataDirectory: string,
  ) {}

  /** Starts everything: PostgreSQL as in production (every commit is on disk), Redis, services. */
  static async start(): Promise<ApiStack> {
    const dataDirectory = await makeTemporaryDirectory();
    const stack = await Stack.start({
      dataDirectory,
      env: { DT_RATE_LIMIT_PER_MINUTE: UNBOUNDED, DT_MAX_OPEN_MEETINGS: UNBOUNDED },
    }).catch(async (error) => {
      await Deno.remove(dataDirectory, { recursive: true });
      throw error;
    });
    const sql = postgres(stack.databaseUrl, { max: 2, onnotice: () => {} });
    const { clientId } = stack.secrets;
    const [client] = await sql<{ organisation_id: string }[]>`
      SELECT organisation_id FROM api_clients WHERE client_id = ${clientId}`;
    const organisationId = client!.organisation_id;
    const [person] = await sql<{ user_id: string }[]>`
      INSERT INTO users (email) VALUES ('person@bench.example') RETURNING user_id`;
    const userId = person!.user_id;
    await fillHistory(sql, { organisationId, userId, clientId }, STACK_MEETINGS);
    const token = await accessToken(stack);
    const kinds = await kindsOf(stack.directUrl, token);
    return new ApiStack(stack, sql, organisationId, token, kinds, dataDirectory);
  }

  get port(): number {
    return Number(new URL(this.stack.directUrl).port);
  }

  /** The processes of PostgreSQL. */
  async postgresPids(): Promise<number[]> {
    const [row] = await this.sql<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
    return await processTree(await parentOf(row!.pid));
  }

  /** All processes that serve, but the global controller. */
  async otherPids(): Promise<number[]> {
    const services = SERVICE_NAMES.filter((name) => name !== "global-controller")
      .map((name) => this.stack.service(name).pid);
    // Redis is a child of this process, as the services are.
    const children = (await processTree(Deno.pid)).slice(1);
    const ours = new Set([this.stack.service("global-controller").pid]);
    const rest = children.filter((pid) => !ours.has(pid));
    return [...new Set([...services, ...rest, ...await this.postgresPids()])];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql.end({ timeout: 5 });
    await this.stack[Symbol.asyncDispose]();
    await Deno.remove(this.dataDirectory, { recursive: true });
  }
}

/** An access token of the stack's API client. */
export async function accessToken(stack: Stack): Promise<string> {
  const { clientId, clientSecret } = stack.secrets;
  const response = await fetch(`${stack.directUrl}/api/v1/auth/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
    }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`no access token: ${JSON.stringify(answer)}`);
  return answer.access_token;
}

async function kindsOf(url: string, token: string): Promise<RequestKind[]> {
  const path = "/api/v1/meetings";
  const served: string[] = [];
  for (let count = 0; count < SERVED_MEETINGS; count++) {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { "authorization": `Bearer ${token}`, "content-type": "application/json" },
      body: "{}",
    });
    const answer = await response.json();
    if (response.status !== 201) throw new Error(`no meeting: ${JSON.stringify(answer)}`);
    served.push(`${path}/${answer.meeting_id}`);
  }
  const body = JSON.stringify({ display_name: CREATED_NAME });
  return [
    { name: "create", method: "POST", paths: [path], body },
    { name: "get", method: "GET", paths: served },
    { name: "list", method: "GET", paths: [`${path}?limit=20`, `${path}?limit=20&status=ended`] },
    { name: "join", method: "POST", paths: served.map((meeting) => `${meeting}/join`), body: "{}" },
  ];
}
