import type { DescribedSchema } from "../docs/described_schema.ts";
import type { TokenHolder } from "../auth/token/access_token.ts";
import type { ApiDocument } from "../rest/api_document.ts";
import { chance, integer, pick, type Random } from "./choice.ts";
import { HOSTILE_BODIES, HOSTILE_TEXTS } from "./hostile_values.ts";
import { madeUpUuid, type SchemaValues } from "./schema_values.ts";
import type { SeenValues } from "./seen_values.ts";

/** One operation of the description. */
export interface DescribedOperation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly DescribedParameter[];
  readonly body: DescribedSchema | undefined;
  /** Names the answers by status. */
  readonly responses: Readonly<Record<string, unknown>>;
}

interface DescribedParameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: DescribedSchema;
}

/** A request as the fuzz sends it. */
export interface FuzzedRequest {
  readonly operation: DescribedOperation;
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
  readonly as: TokenHolder | undefined;
}

const METHODS = ["get", "put", "post", "patch", "delete"] as const;
const CONTENT_TYPES = [
  "text/plain",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/json; charset=utf-16",
  "APPLICATION/JSON",
  "application/problem+json",
  "application/json, text/html",
  ";",
];
const AUTHORIZATIONS = [
  "Bearer",
  "Bearer ",
  "Bearer x",
  "Bearer a.b.c",
  "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
  "Bearer dt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  "Bearer dt_\u00e9",
  "Basic YWRtaW46YWRtaW4=",
  "bearer bearer bearer",
  `Bearer ${"a".repeat(9_000)}`,
];
/** How hostile the requests are, one as often as the other. */
const WILDNESS = [0, 0, 0.05, 0.2];

/** All operations of the description, with references to shared parameters resolved. */
export function operationsOf(document: ApiDocument): DescribedOperation[] {
  const shared = (document.components?.parameters ?? {}) as Record<string, DescribedParameter>;
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      if (operation === undefined) return [];
      const parameters = (operation.parameters ?? []).map((parameter) =>
        "$ref" in parameter ? shared[parameter.$ref.split("/").at(-1)!]! : parameter
      ) as DescribedParameter[];
      const body = operation.requestBody as
        | { content: Record<string, { schema?: DescribedSchema }> }
        | undefined;
      return [{
        method: method.toUpperCase(),
        path,
        parameters,
        body: body?.content["application/json"]?.schema,
        responses: operation.responses ?? {},
      }];
    })
  );
}

/** Makes requests from the description: valid ones, nearly valid ones, and hostile ones. */
export class RequestMaker {
  readonly #random: Random;
  readonly #values: SchemaValues;
  readonly #seen: SeenValues;

  constructor(random: Random, values: SchemaValues, seen: SeenValues) {
    this.#random = random;
    this.#values = values;
    this.#seen = seen;
  }

  /**
   * @param callers who may be sending it; undefined stands for a guest.
   * @param wildness how likely each part of it is something else than described, from 0 to 1.
   */
  make(
    operation: DescribedOperation,
    callers: readonly (TokenHolder | undefined)[],
    wildness = pick(this.#random, WILDNESS),
  ): FuzzedRequest {
    const random = this.#random;
    const headers: Record<string, string> = {};
    if (chance(random, wildness / 2)) headers.authorization = pick(random, AUTHORIZATIONS);
    this.#addHeaders(operation, headers, wildness);
    const body = this.#body(operation, headers, wildness);
    return {
      operation,
      method: operation.method,
      path: this.#target(operation, wildness),
      headers,
      body,
      as: headers.authorization === undefined ? pick(random, callers) : undefined,
    };
  }

  #target({ path, parameters }: DescribedOperation, wildness: number): string {
    const random = this.#random;
    const filled = path.replaceAll(/\{([^}]+)\}/g, (_, name) => {
      if (chance(random, wildness)) return segment(pick(random, HOSTILE_TEXTS)) || "-";
      return segment(this.#seen.valueFor(name, random) ?? madeUpUuid(random));
    });
    const query: string[] = [];
    for (const { name, in: place, required, schema } of parameters) {
      if (place !== "query" || !(required || chance(random, 0.4))) continue;
      const value = this.#values.make(schema ?? {}, name, wildness);
      const text = typeof value === "object" ? JSON.stringify(value) : String(value);
      query.push(`${name}=${segment(text)}`);
      if (chance(random, wildness)) query.push(`${name}=${segment(text)}`);
    }
    if (chance(random, wildness)) query.push(`${segment(pick(random, HOSTILE_TEXTS))}=1`);
    return query.length === 0 ? filled : `${filled}?${query.join("&")}`;
  }

  #addHeaders(
    { method, parameters }: DescribedOperation,
    headers: Record<string, string>,
    wildness: number,
  ): void {
    const random = this.#random;
    if (chance(random, wildness)) headers["content-type"] = pick(random, CONTENT_TYPES);
    if (method === "POST" && chance(random, 0.2)) {
      headers["idempotency-key"] = pick(random, [
        madeUpUuid(random),
        "one-key-for-all-requests",
        headerText(pick(random, HOSTILE_TEXTS)),
      ]);
    }
    for (const { name, in: place } of parameters) {
      if (place === "header" && name !== "Idempotency-Key" && chance(random, wildness)) {
        headers[name.toLowerCase()] = headerText(pick(random, HOSTILE_TEXTS));
      }
    }
    if (method === "PATCH" && chance(random, 0.3)) {
      headers["if-match"] = pick(random, [`"${integer(random, 0, 3)}"`, "*", 'W/"1"', "1", '"x"']);
    }
  }

  #body(
    { method, body }: DescribedOperation,
    headers: Record<string, string>,
    wildness: number,
  ): string | undefined {
    const random = this.#random;
    if (method === "GET") return undefined;
    if (chance(random, wildness / 2)) return pick(random, HOSTILE_BODIES);
    if (body === undefined) return undefined;
    headers["content-type"] ??= "application/json";
    return JSON.stringify(this.#values.make(body, "", wildness));
  }
}

/** What stands between two slashes; lone surrogates have no encoding. */
function segment(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** As much of a text as a header may hold. */
function headerText(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "").slice(0, 1_000);
}
