import { OPERATIONS, type Operations, type Schemas } from "./gen/operations.ts";
import { ApiRequestError } from "./api_request_error.ts";
import { pathOf, queryOf } from "./request_target.ts";
import { wait } from "./wait.ts";

export { ApiRequestError };
export type { Operations, Schemas };

/** How often a request is sent at most. */
const MAX_ATTEMPTS = 3;
/** Longest wait between two attempts, milliseconds: who is told to wait longer is told so. */
const MAX_WAIT_MS = 10_000;
/** Wait before another attempt without a word of the server's, milliseconds. */
const DEFAULT_WAIT_MS = 500;

/** What an operation takes: `path`, `query`, `headers` and `body`, as far as it has them. */
export type RequestOf<Name extends keyof Operations> = Operations[Name]["request"];

/** What an operation answers when it succeeds. */
export interface ApiAnswer<Body> {
  readonly status: number;
  /** Undefined for an answer without a body. */
  readonly body: Body;
  /** `ETag` among them: what `If-Match` takes. */
  readonly headers: Headers;
}

/** How to reach an API. */
export interface ApiClientOptions {
  /** Such as `https://meet.example.org`. */
  readonly origin: string;
  /** An access token or an API key, asked for before each request; undefined for a guest. */
  readonly token?: () => string | undefined | Promise<string | undefined>;
  readonly fetch?: typeof fetch;
}

/**
 * Calls the operations of the API by their names, with the types of its OpenAPI description:
 * `await api.call("createMeeting", { body: { display_name: "Stand-up" } })`.
 *
 * A request that got no answer, 429 or 503 is sent again twice, after as long as the server says;
 * each POST has an `Idempotency-Key`, so it is carried out once.
 */
export class ApiClient {
  readonly #options: ApiClientOptions;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  /**
   * Carries one operation out.
   *
   * @throws {ApiRequestError} for every answer that is an error.
   * @throws {TypeError} when the API cannot be reached.
   * @throws the signal's reason.
   */
  async call<Name extends keyof Operations>(
    name: Name,
    request: RequestOf<Name>,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<ApiAnswer<Operations[Name]["answer"]>> {
    const { method, path } = OPERATIONS[name];
    const parts: RequestParts = request;
    const url = this.#options.origin + pathOf(path, parts.path ?? {}) + queryOf(parts.query ?? {});
    const headers = new Headers(parts.headers);
    if (parts.body !== undefined) headers.set("Content-Type", "application/json");
    if (method === "POST" && !headers.has("Idempotency-Key")) {
      headers.set("Idempotency-Key", crypto.randomUUID());
    }
    const body = parts.body === undefined ? undefined : JSON.stringify(parts.body);
    const response = await this.#send(url, { method, headers, body, signal });
    return {
      status: response.status,
      body: await readBody(response) as Operations[Name]["answer"],
      headers: response.headers,
    };
  }

  async #send(url: string, init: RequestInit & { headers: Headers }): Promise<Response> {
    for (let attempt = 1;; attempt++) {
      const isLast = attempt === MAX_ATTEMPTS;
      const token = await this.#options.token?.();
      if (token !== undefined) init.headers.set("Authorization", `Bearer ${token}`);
      let waitMs = DEFAULT_WAIT_MS * attempt;
      try {
        const response = await (this.#options.fetch ?? fetch)(url, init);
        if (response.ok) return response;
        const error = await ApiRequestError.of(response);
        waitMs = error.retryAfterMs ?? waitMs;
        if (isLast || waitMs > MAX_WAIT_MS || !mayRepeat(init.method!, error)) throw error;
      } catch (error) {
        if (error instanceof ApiRequestError || init.signal?.aborted) throw error;
        // A change may have been made before the connection broke.
        if (isLast || init.method === "PATCH") throw error;
      }
      await wait(waitMs, init.signal ?? undefined);
    }
  }
}

interface RequestParts {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

function mayRepeat(method: string, { status, code }: ApiRequestError): boolean {
  if (status === 429 || code === "IDEMPOTENCY_IN_PROGRESS") return true;
  return status === 503 && method !== "PATCH";
}

async function readBody(response: Response): Promise<unknown> {
  const type = response.headers.get("content-type");
  if (type?.includes("json") && !type.includes("ndjson")) return await response.json();
  if (type !== null) return response.body;
  await response.body?.cancel();
  return undefined;
}
