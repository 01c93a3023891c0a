import { Buffer } from "node:buffer";
import postgres from "postgres";
import { startEmbeddedPostgres } from "../../../db/embedded_postgres.ts";
import { migrate } from "../../../db/migrate.ts";
import { makeTemporaryDirectory } from "../../../db/temporary_directory.ts";
import {
  issueAccessToken,
  type TokenHolder,
} from "../../../services/global-controller/auth/token/access_token.ts";
import type { ClientCaller } from "../../../services/global-controller/auth/caller.ts";
import { encodeCursor } from "../../../services/global-controller/rest/cursor.ts";
import { composeTestApi } from "../../../services/global-controller/testing/test_api.ts";
import {
  testController,
  testMediaHandler,
} from "../../../services/global-controller/testing/test_servers.ts";
import {
  createTestTenant,
  type TestTenant,
} from "../../../services/global-controller/testing/test_tenant.ts";
import { type Figure, figure, quantile } from "../figure.ts";
import type { Progress } from "../suite.ts";
import type { ApiOptions } from "./api_options.ts";
import { ExplainedDatabase } from "./explained_database.ts";
import { fillHistory } from "./history.ts";
import { LATENCY_AIM_MS } from "./latency_part.ts";
import { everyListRequest, type ListRequest } from "./list_requests.ts";
import { findFaults, type PlanFault } from "./plan_check.ts";

const HOUR_MS = 3_600_000;
const PAGE_LIMIT = 100;
/**
 * How far back in a list its pages are, milliseconds, and how often each is asked for: PostgreSQL may
 * change to a generic plan with the sixth run of a statement, which is one for all later pages.
 */
const PAGES = [
  { backMs: 0, runs: 6 },
  { backMs: 2 * HOUR_MS, runs: 3 },
  { backMs: 2_000 * HOUR_MS, runs: 3 },
] as const;
const TIME_LENGTH = "2026-11-21T18:19:31.123456Z".length;
const CURSOR_CHECKSUM_BYTES = 6;

type TestApp = Awaited<ReturnType<typeof composeTestApi>>;

/** How PostgreSQL reads every list of the API among many meetings. */
export async function measurePlans(progress: Progress, options: ApiOptions): Promise<Figure[]> {
  progress(`plans: filling a database with ${options.meetings} meetings`);
  const dataDirectory = await makeTemporaryDirectory();
  try {
    await using server = await startEmbeddedPostgres({ dataDirectory, durable: false });
    await migrate(server.url);
    const plain = postgres(server.url, { max: 2, onnotice: () => {} });
    try {
      const tenant = await createTestTenant(plain, "large");
      const { organisationId, member: { userId }, client: { clientId } } = tenant;
      // More are open than an organisation may have without a quota of its own.
      await plain`UPDATE organisations SET max_open_meetings = ${options.meetings}
        WHERE organisation_id = ${organisationId}`;
      await fillHistory(plain, { organisationId, userId, clientId }, options.meetings);
      const rows = await rowsOfTables(plain);
      await using database = new ExplainedDatabase(server.url);
      const run = new PlanRun(await composeTestApi(database.sql), database, rows);
      const conditions = `${options.meetings} meetings, half of them in one organisation`;
      return [
        ...await listFigures(run, await listsOf(run, plain, tenant), conditions, progress),
        ...await statementFigures(run, tenant, conditions),
      ];
    } finally {
      await plain.end({ timeout: 5 });
    }
  } finally {
    await Deno.remove(dataDirectory, { recursive: true });
  }
}

interface AskedList extends ListRequest {
  readonly as: TokenHolder;
}

/** What came of a list with one set of filters. */
interface AnsweredList {
  readonly list: string;
  readonly name: string;
  /** All statements of a request together. */
  readonly timesMs: readonly number[];
  readonly faults: readonly PlanFault[];
}

class PlanRun {
  readonly #tokens = new Map<TokenHolder, string>();

  constructor(
    readonly api: TestApp,
    readonly database: ExplainedDatabase,
    readonly rows: ReadonlyMap<string, number>,
  ) {}

  async request(method: string, path: string, as: TokenHolder, body?: string): Promise<Response> {
    const token = this.#tokens.get(as) ?? await issueAccessToken(this.api.keys, as);
    this.#tokens.set(as, token);
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const environment = { clientAddress: "192.0.2.1" };
    return await this.api.app.request(path, { method, headers, body }, environment);
  }

  /** The first page and later ones, each often enough for a plan of prepared statements. */
  async ask({ list, path, query, as }: AskedList): Promise<AnsweredList> {
    const timesMs: number[] = [];
    const faults = new Map<string, PlanFault>();
    let cursor: string | null | undefined;
    for (const { backMs, runs } of PAGES) {
      if (backMs > 0 && !cursor) break;
      const fields = new URLSearchParams({ limit: String(PAGE_LIMIT), ...query });
      if (backMs > 0) fields.set("cursor", laterCursor(cursor!, backMs));
      for (let run = 0; run < runs; run++) {
        this.database.take();
        const response = await this.request("GET", `${path}?${fields}`, as);
        const answer = await response.json();
        if (response.status !== 200) {
          throw new Error(`${path}?${fields}: ${response.status} ${JSON.stringify(answer)}`);
        }
        cursor ??= answer.next_cursor;
        const { ran } = this.database.take();
        timesMs.push(ran.reduce((sum, { durationMs }) => sum + durationMs, 0));
        for (const { plan } of ran) {
          for (const fault of findFaults(plan, (table) => this.rows.get(table) ?? 0)) {
            faults.set(fault.what, fault);
          }
        }
      }
    }
    const name = `${list}?${new URLSearchParams(query)} as ${describe(as)}`;
    return { list, name, timesMs, faults: [...faults.values()] };
  }
}

async function listFigures(
  run: PlanRun,
  lists: readonly AskedList[],
  conditions: string,
  progress: Progress,
): Promise<Figure[]> {
  progress(`plans: ${lists.length} lists with their filters`);
  const answered: AnsweredList[] = [];
  for (const list of lists) answered.push(await run.ask(list));
  for (const { name, faults } of answered) {
    if (faults.length > 0) progress(`plans: ${name}: ${faults.map(({ what }) => what).join(", ")}`);
  }
  const faultsOf = (kind: PlanFault["kind"]) =>
    answered.filter(({ faults }) => faults.some((fault) => fault.kind === kind));
  const scans = faultsOf("seq_scan");
  const sorts = faultsOf("sort");
  const told = (found: readonly AnsweredList[]) =>
    found.length === 0 ? conditions : `${conditions}; first: ${found[0]!.name}`;
  return [
    figure("lists whose plans were seen", answered.length, "lists", conditions),
    figure("lists with a Seq Scan of > 1,000 rows", scans.length, "lists", told(scans), {
      atMost: 0,
    }),
    figure("lists with a sort of more than a page", sorts.length, "lists", told(sorts), {
      atMost: 0,
    }),
    ...[...Map.groupBy(answered, ({ list }) => list)].map(([list, found]) => {
      const p95Ms = ({ timesMs }: AnsweredList) => quantile(timesMs, 0.95);
      const slowest = found.toSorted((a, b) => p95Ms(b) - p95Ms(a))[0]!;
      return figure(
        `SQL of ${list}, p95 (goal 100)`,
        quantile(found.flatMap(({ timesMs }) => timesMs), 0.95),
        "ms",
        `${found.length} combinations; slowest ${p95Ms(slowest).toPrecision(3)} ms: ` +
          slowest.name.slice(list.length),
        { atMost: LATENCY_AIM_MS },
      );
    }),
  ];
}

/** How many statements the requests take that callers make most. */
async function statementFigures(
  run: PlanRun,
  { client }: TestTenant,
  conditions: string,
): Promise<Figure[]> {
  const { registry, controllers } = run.api;
  const mediaHandler = testMediaHandler("mh");
  controllers.mediaHandler = mediaHandler;
  await registry.registerController(testController("mc"));
  await registry.registerMediaHandler(mediaHandler);
  const path = "/api/v1/meetings";
  const created = await (await run.request("POST", path, client, "{}")).json();
  const meeting = `${path}/${created.meeting_id}`;
  const requests = [
    ["create", "POST", path, "{}"],
    ["get", "GET", meeting, undefined],
    ["list", "GET", path, undefined],
    ["join", "POST", `${meeting}/join`, "{}"],
  ] as const;
  const figures: Figure[] = [];
  for (const [name, method, target, body] of requests) {
    run.database.take();
    const response = await run.request(method, target, client, body);
    if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
    const { sent } = run.database.take();
    figures.push(figure(`SQL statements of ${name}`, sent, "sent", `${conditions}; BEGIN too`));
  }
  return figures;
}

/** Every list with every filter, as those of both kinds of organisations who may read it. */
async function listsOf(
  run: PlanRun,
  sql: postgres.Sql,
  tenant: TestTenant,
): Promise<AskedList[]> {
  const { organisationId } = tenant;
  const [row] = await sql<{ meeting_id: string; session_id: string; room_id: string }[]>`
    SELECT meeting_id, session_id, (SELECT room_id FROM meetings
        WHERE organisation_id = ${organisationId} AND room_id IS NOT NULL LIMIT 1) AS room_id
    FROM meetings JOIN meeting_sessions USING (meeting_id)
    WHERE display_name = 'Meeting 2' ORDER BY started_at DESC LIMIT 1`;
  const [endpoint] = await sql<{ endpoint_id: string }[]>`
    SELECT endpoint_id FROM webhook_endpoints WHERE organisation_id = ${organisationId}
    ORDER BY created_at DESC LIMIT 1`;
  const values: Record<string, string> = {
    meeting: row!.meeting_id,
    session_id: row!.session_id,
    room_id: row!.room_id,
    endpoint_id: endpoint!.endpoint_id,
    user_id: tenant.member.userId,
    from: new Date(Date.now() - PAGES.at(-1)!.backMs).toISOString(),
    to: new Date(Date.now() - HOUR_MS).toISOString(),
    action: "meeting.ended",
    actor: "user:7",
  };
  const description = await (await run.request(
    "GET",
    "/api/v1/openapi.json",
    tenant.client,
  )).json();
  const requests = everyListRequest(description, (_list, name) => values[name]);
  const small = await smallProgram(sql);
  const asked: AskedList[] = [];
  for (const request of requests) {
    for (const as of [tenant.client, tenant.member, small, tenant.owner]) {
      // An owner sees what the program does, but for what is a person's.
      const seen = asked.some(({ list, as }) => list === request.list && as === tenant.client);
      if (as === tenant.owner && seen) continue;
      const fields = new URLSearchParams(request.query);
      const response = await run.request("GET", `${request.path}?${fields}`, as);
      const text = await response.text();
      if (response.status === 200) asked.push({ ...request, as });
      else if (!isRefusal(response.status, request)) throw new Error(`${request.path}: ${text}`);
    }
  }
  for (const { list } of requests) {
    if (!asked.some((each) => each.list === list)) throw new Error(`${list}: nobody may read it`);
  }
  return asked;
}

/** What is not the caller's, and a list of meetings that are active and ended at once. */
function isRefusal(status: number, { query }: ListRequest): boolean {
  return [401, 403, 404].includes(status) ||
    status === 400 && "active" in query && "status" in query;
}

/** A program of one of the thousand small organisations. */
async function smallProgram(sql: postgres.Sql): Promise<ClientCaller> {
  const [row] = await sql<{ client_id: string; organisation_id: string }[]>`
    SELECT client_id, organisation_id FROM api_clients WHERE client_id = 'client-500-1'`;
  return {
    kind: "client",
    clientId: row!.client_id,
    organisationId: row!.organisation_id,
    scopes: new Set(["meetings:read"]),
  };
}

async function rowsOfTables(sql: postgres.Sql): Promise<Map<string, number>> {
  const rows = await sql<{ relname: string; rows: number }[]>`
    SELECT relname, reltuples::int AS rows FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`;
  return new Map(rows.map(({ relname, rows }) => [relname, rows]));
}

/** The cursor of a place much further back in a list than the one that `cursor` names. */
function laterCursor(cursor: string, backMs: number): string {
  const text = Buffer.from(cursor, "base64url").subarray(CURSOR_CHECKSUM_BYTES).toString();
  const id = text.slice(TIME_LENGTH);
  const time = new Date(Date.parse(text.slice(0, TIME_LENGTH)) - backMs);
  return encodeCursor({
    time: time.toISOString().replace("Z", "000Z"),
    id: /^[0-9]+$/.test(id) ? String(Math.ceil(Number(id) / 2)) : id,
  });
}

function describe(holder: TokenHolder): string {
  return holder.kind === "user" ? holder.role : holder.clientId;
}
