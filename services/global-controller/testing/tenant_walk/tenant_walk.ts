import type { TokenHolder } from "../../auth/token/access_token.ts";
import { type DescribedOperation, operationsOf } from "../../fuzz/fuzzed_request.ts";
import type { TestApi } from "../test_api.ts";
import { type DatabaseRow, readRows, rowsBeyond } from "./database_rows.ts";
import type { FilledTenant } from "./filled_tenant.ts";
import { type TenantRequest, tenantRequests } from "./tenant_requests.ts";

/** Who walks. */
export interface Walker {
  readonly name: string;
  readonly as?: TokenHolder;
  /** An API key. */
  readonly key?: string;
}

/** What an operation may tell and do although the tenant's own people were not asked. */
export interface Exception {
  /** Fields of the answer that hold what the tenant shows to these walkers. */
  readonly fields: readonly string[];
  /** Tables that may get rows which name what is the tenant's. */
  readonly adds?: readonly string[];
  /** Tables whose rows may change. */
  readonly changes?: readonly string[];
  /** Whether a valid request is refused as a malformed one would be. */
  readonly isInvalid?: boolean;
}

/** What must stay as it is and unknown. */
export interface Protection {
  /** Rows that nothing changes or deletes. */
  readonly rows: readonly DatabaseRow[];
  /** What no answer holds, and no row that comes. */
  readonly texts: ReadonlySet<string>;
  /** By `METHOD /path`. */
  readonly exceptions: Readonly<Record<string, Exception>>;
  /** Whether what is there has to look like what is not. */
  readonly hidesExistence: boolean;
}

/** So much of an answer or a row is in a fault, characters. */
const MAX_SHOWN_LENGTH = 300;
/** Origin of the pages: what cookies count for. */
const ORIGIN = "https://tower.example";

/**
 * Sends every operation of the served description to the API as each walker, naming what is the
 * tenant's.
 *
 * @returns what was told or changed, one line each.
 */
export async function walkTenant(
  api: TestApi,
  tenant: FilledTenant,
  walkers: readonly Walker[],
  protection: Protection,
): Promise<string[]> {
  // The walk takes longer than a heartbeat counts.
  await api.sql`UPDATE meeting_controllers SET heartbeat_at = now() + interval '1 hour'`;
  await api.sql`UPDATE media_handlers SET heartbeat_at = now() + interval '1 hour'`;
  const faults: string[] = [];
  const requests = await requestsOfTenant(api, tenant);
  let rows = await readRows(api.sql);
  for (const request of requests) {
    for (const walker of walkers) {
      const found = await faultsOf(api, walker, request, protection);
      const after = await readRows(api.sql);
      found.push(...rowFaults(rows, after, protection, protection.exceptions[request.name]));
      faults.push(...found.map((fault) => `${walker.name}: ${labelOf(request)}: ${fault}`));
      rows = after;
    }
  }
  return faults;
}

/** All requests to all operations of the description that the API serves. */
export async function requestsOfTenant(
  api: TestApi,
  tenant: FilledTenant,
): Promise<TenantRequest[]> {
  const document = await (await api.request("GET", "/api/v1/openapi.json")).json();
  const requests: TenantRequest[] = [];
  for (const operation of operationsOf(document)) {
    const cursor = isList(operation) ? await ownCursor(api, tenant, operation) : undefined;
    requests.push(...tenantRequests(operation, tenant, cursor));
  }
  return requests;
}

function isList({ parameters }: DescribedOperation): boolean {
  return parameters.some(({ name }) => name === "cursor");
}

/** The cursor of the second page that the tenant's owner gets. */
async function ownCursor(
  api: TestApi,
  tenant: FilledTenant,
  operation: DescribedOperation,
): Promise<string> {
  const [{ target }] = tenantRequests(operation, tenant, "") as [TenantRequest];
  const response = await api.request("GET", `${target}?limit=1`, { as: tenant.tenant.owner });
  const { next_cursor } = await response.json();
  if (typeof next_cursor !== "string") {
    throw new Error(`the tenant has no second page of ${operation.path}`);
  }
  return next_cursor;
}

async function faultsOf(
  api: TestApi,
  walker: Walker,
  request: TenantRequest,
  { texts, exceptions, hidesExistence }: Protection,
): Promise<string[]> {
  const exception = exceptions[request.name];
  const answer = await send(api, walker, request.target, request);
  const faults = answerFaults(answer, request, texts, exception);
  if (hidesExistence && request.targetOfNothing && exception === undefined) {
    const nothing = await send(api, walker, request.targetOfNothing, request);
    if (answer.outcome !== nothing.outcome) {
      faults.push(`answers ${answer.outcome}, and ${nothing.outcome} where nothing is`);
    }
  }
  return faults;
}

interface Answer {
  readonly status: number;
  /** The status and the stable code of an error. */
  readonly outcome: string;
  readonly headers: string;
  readonly text: string;
}

async function send(
  api: TestApi,
  walker: Walker,
  target: string,
  { operation, body }: TenantRequest,
): Promise<Answer> {
  const headers: Record<string, string> = { origin: ORIGIN };
  if (walker.key !== undefined) headers.authorization = `Bearer ${walker.key}`;
  const response = await api.request(operation.method, target, { as: walker.as, body, headers });
  const text = await response.text();
  const code = /"code":"([A-Z_]+)"/.exec(text)?.[1];
  return {
    status: response.status,
    outcome: `${response.status} ${code ?? ""}`,
    headers: JSON.stringify([...response.headers]),
    text,
  };
}

function answerFaults(
  { status, headers, text }: Answer,
  request: TenantRequest,
  texts: ReadonlySet<string>,
  exception: Exception | undefined,
): string[] {
  const faults: string[] = [];
  if (status === 400 ? !exception?.isInvalid : status >= 500) {
    faults.push(`was not carried out: ${status} ${cut(text)}`);
  }
  const shown = exception === undefined ? text : withoutFields(text, exception.fields);
  // What the caller has said may be said back.
  const said = request.target + JSON.stringify(request.body ?? null);
  const told = decodedToo(headers + shown).toLowerCase();
  for (const secret of texts) {
    if (told.includes(secret) && !said.toLowerCase().includes(secret)) {
      faults.push(`tells ${secret}: ${status} ${cut(text)}`);
    }
  }
  return faults;
}

function rowFaults(
  before: readonly DatabaseRow[],
  after: readonly DatabaseRow[],
  { rows, texts }: Protection,
  exception: Exception | undefined,
): string[] {
  // What was lost earlier was told then.
  const lost = rowsBeyond(rowsBeyond(rows, after), rowsBeyond(rows, before))
    .filter(({ table }) => !exception?.changes?.includes(table));
  const faults = lost.map(({ table, text }) => `changes or deletes in ${table}: ${cut(text)}`);
  for (const { table, text } of rowsBeyond(after, before)) {
    if (exception?.adds?.includes(table)) continue;
    const named = [...texts].find((secret) => text.toLowerCase().includes(secret));
    if (named !== undefined) faults.push(`writes ${named} into ${table}: ${cut(text)}`);
  }
  return faults;
}

/** The answer without what it may hold, at its top. */
function withoutFields(text: string, fields: readonly string[]): string {
  const answer = JSON.parse(text);
  return JSON.stringify(
    Object.fromEntries(Object.entries(answer).filter(([name]) => !fields.includes(name))),
  );
}

/** With what stands in tokens and cursors, which are base64url. */
function decodedToo(text: string): string {
  const decoded = (text.match(/[A-Za-z0-9_-]{20,}/g) ?? []).map((part) => {
    try {
      return new TextDecoder().decode(Uint8Array.fromBase64(part, { alphabet: "base64url" }));
    } catch {
      return "";
    }
  });
  return [text, ...decoded].join(" ");
}

function labelOf({ operation, target, body }: TenantRequest): string {
  return `${operation.method} ${target} ${JSON.stringify(body) ?? ""}`;
}

function cut(text: string): string {
  return text.slice(0, MAX_SHOWN_LENGTH);
}
