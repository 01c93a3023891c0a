import type { DescribedSchema } from "../docs/described_schema.ts";
import type { TokenHolder } from "../auth/token/access_token.ts";
import type { ApiDocument } from "../rest/api_document.ts";
import type { TestApi } from "../testing/test_api.ts";
import { AnswerCheck } from "./answer_check.ts";
import { pick, type Random } from "./choice.ts";
import {
  type DescribedOperation,
  type FuzzedRequest,
  operationsOf,
  RequestMaker,
} from "./fuzzed_request.ts";
import { SchemaValues } from "./schema_values.ts";
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
  const fuzz = new ApiFuzz(api, random, await answer.json());
  for (let index = 0; index < count && fuzz.faults.size < MAX_FAULTS; index++) {
    if (index % REQUESTS_OF_TENANTS === 0) await fuzz.startWithNewTenants(index);
    if (index % REQUESTS_OF_HEARTBEATS === 0) await registerServers(api);
    await fuzz.sendAny();
  }
  return { faults: [...fuzz.faults.values()], statuses: fuzz.statuses };
}

class ApiFuzz {
  readonly faults = new Map<string, string>();
  readonly statuses = new Map<string, Map<number, number>>();
  readonly #api: TestApi;
  readonly #random: Random;
  readonly #operations: readonly DescribedOperation[];
  readonly #seen = new SeenValues();
  readonly #maker: RequestMaker;
  readonly #check: AnswerCheck;
  #callers: readonly (TokenHolder | undefined)[] = [];

  constructor(api: TestApi, random: Random, document: ApiDocument) {
    this.#api = api;
    this.#random = random;
    this.#operations = operationsOf(document);
    const schemas = (document.components?.schemas ?? {}) as Record<string, DescribedSchema>;
    this.#maker = new RequestMaker(
      random,
      new SchemaValues(random, schemas, this.#seen),
      this.#seen,
    );
    this.#check = new AnswerCheck(document);
  }

  /** Has a new organisation create one of all that there is, for later requests to name. */
  async startWithNewTenants(index: number): Promise<void> {
    const one = await this.#api.tenant(`fuzz-${index}-one`);
    const other = await this.#api.tenant(`fuzz-${index}-other`);
    this.#seen.clear();
    await registerServers(this.#api);
    const creating = this.#operations.filter(({ responses }) => "201" in responses)
      .sort((a, b) => a.path.length - b.path.length);
    for (const operation of creating) await this.#send(this.#maker.make(operation, [one.owner], 0));
    const ofOne = [one.client, one.owner, one.owner, one.owner, one.admin, one.member];
    this.#callers = [...ofOne, other.client, other.member, undefined];
  }

  async sendAny(): Promise<void> {
    await this.#send(this.#maker.make(pick(this.#random, this.#operations), this.#callers));
  }

  async #send({ operation, method, path, headers, body, as }: FuzzedRequest): Promise<void> {
    const response = await this.#api.request(method, path, { headers, rawBody: body, as });
    const text = await response.text();
    const name = `${operation.method} ${operation.path}`;
    for (const fault of this.#check.faultsOf(operation, response, text)) {
      const told = `${fault}\n  after ${JSON.stringify({ method, path, headers, body, as })}`;
      this.faults.set(`${name} ${fault.slice(0, 60)}`, `${name} ${told}`);
    }
    if (response.ok && response.headers.get("content-type")?.startsWith("application/json")) {
      this.#seen.take(JSON.parse(text));
    }
    const counts = this.statuses.get(name) ?? new Map<number, number>();
    this.statuses.set(name, counts.set(response.status, (counts.get(response.status) ?? 0) + 1));
  }
}

async function registerServers({ registry, controller, mediaHandler }: TestApi): Promise<void> {
  await registry.registerController(controller);
  await registry.registerMediaHandler(mediaHandler);
}
