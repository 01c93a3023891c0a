import type { TokenHolder } from "../auth/access_token.ts";
import type { ApiDocument } from "../rest/api_document.ts";
import type { TestApi } from "../testing/test_api.ts";
import { AnswerCheck } from "./answer_check.ts";
import { pick, type Random } from "./choice.ts";
import { type DescribedOperation, operationsOf, RequestMaker } from "./fuzzed_request.ts";
import { type Schema, SchemaValues } from "./schema_values.ts";
import { SeenValues } from "./seen_values.ts";

/** Tenants are replaced after so many requests: some of those sign people out or remove them. */
const REQUESTS_OF_TENANTS = 250;
/** The servers of a region say that they live after so many requests: far below a second. */
const REQUESTS_OF_HEARTBEATS = 20;
/** More faults than this tell nothing new. */
const MAX_FAULTS = 50;

/** What one run of the fuzz found. */
export interface FuzzResult {
  /** One line each, no line twice for one operation. */
  readonly faults: readonly string[];
  /** How many answers of each status there were, by operation. */
  readonly statuses: ReadonlyMap<string, ReadonlyMap<number, number>>;
}

/**
 * Sends `count` requests that are made from the API's description, as people and programs of two
 * organisations, as guests and as nobody, and holds each answer to the description.
 */
export async function fuzzApi(api: TestApi, random: Random, count: number): Promise<FuzzResult> {
  const answer = await api.request("GET", "/api/v1/openapi.json");
  const document: ApiDocument = await answer.json();
  const operations = operationsOf(document);
  const seen = new SeenValues();
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>;
  const maker = new RequestMaker(random, new SchemaValues(random, schemas, seen), seen);
  const check = new AnswerCheck(document);
  const faults = new Map<string, string>();
  const statuses = new Map<string, Map<number, number>>();
  let callers: (TokenHolder | undefined)[] = [];
  for (let index = 0; index < count && faults.size < MAX_FAULTS; index++) {
    if (index % REQUESTS_OF_TENANTS === 0) {
      callers = await newCallers(api, index);
      seen.clear();
    }
    if (index % REQUESTS_OF_HEARTBEATS === 0) await registerServers(api);
    const request = maker.make(pick(random, operations), callers);
    const { method, path, headers, body, as } = request;
    const response = await api.request(method, path, { headers, rawBody: body, as });
    const text = await response.text();
    const name = nameOf(request.operation);
    for (const fault of check.faultsOf(request.operation, response, text)) {
      const told = `${fault}\n  after ${JSON.stringify({ method, path, headers, body, as })}`;
      faults.set(`${name} ${fault.slice(0, 60)}`, `${name} ${told}`);
    }
    if (response.ok && response.headers.get("content-type")?.startsWith("application/json")) {
      seen.take(JSON.parse(text));
    }
    const counts = statuses.get(name) ?? new Map<number, number>();
    statuses.set(name, counts.set(response.status, (counts.get(response.status) ?? 0) + 1));
  }
  return { faults: [...faults.values()], statuses };
}

function nameOf({ method, path }: DescribedOperation): string {
  return `${method} ${path}`;
}

async function registerServers({ registry, controller, mediaHandler }: TestApi): Promise<void> {
  await registry.registerController(controller);
  await registry.registerMediaHandler(mediaHandler);
}

async function newCallers(api: TestApi, index: number): Promise<(TokenHolder | undefined)[]> {
  const one = await api.tenant(`fuzz-${index}-one`);
  const other = await api.tenant(`fuzz-${index}-other`);
  return [
    one.client,
    one.owner,
    one.owner,
    one.admin,
    one.member,
    other.client,
    other.member,
    undefined,
  ];
}
