import { type ClientRequest, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { AttemptOutcome, DeliveryFailure } from "./delivery.ts";
import { createNameResolver, type NameResolver } from "./name_resolver.ts";
import { isPublicAddress } from "./public_address.ts";
import { parseRetryAfter } from "./retry_after.ts";
import { hostOf, parseWebhookUrl, WebhookUrlError } from "./webhook_url.ts";

/** How long a request may take from the name's resolution to the end of the answer, milliseconds. */
export const REQUEST_DEADLINE_MS = 5_000;
/** What is read of an answer's body, bytes: nobody needs it, but senders like to finish. */
export const MAX_ANSWER_LENGTH = 4 * 1_024;
/** Answers that may say when to come again (RFC 9110, 15.6.4; RFC 6585, 4). */
const OVERLOADED: ReadonlySet<number> = new Set([429, 503]);
/** Addresses of one name that are looked at. */
const MAX_ADDRESSES = 16;

/** What requests may reach. */
export interface SafeFetchOptions {
  /** For development and tests: private addresses and http too. */
  readonly allowPrivate: boolean;
  /** DNS by default. */
  readonly resolve?: NameResolver;
  /** Certificates in PEM that are trusted instead of the public ones. */
  readonly trustedCertificates?: string;
  readonly deadlineMs?: number;
}

/** Why no answer came. */
class RequestFailedError extends Error {
  override readonly name = "RequestFailedError";

  constructor(readonly failure: DeliveryFailure, options?: ErrorOptions) {
    super(failure, options);
  }
}

/**
 * Sends a POST to a URL that a stranger chose, without becoming that stranger's way into private
 * networks (server-side request forgery): the name is resolved once, every address has to be
 * public, and the connection goes to those addresses and no others, so that a name that changes
 * its mind (DNS rebinding) changes nothing. The certificate is checked for the name as usual.
 * Redirects are not followed. Rejects only when `signal` is aborted.
 */
export async function postSafely(
  url: string,
  message: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  options: SafeFetchOptions,
  signal?: AbortSignal,
): Promise<AttemptOutcome> {
  const started = performance.now();
  const deadline = new AbortController();
  const cancel = () => deadline.abort();
  signal?.throwIfAborted();
  signal?.addEventListener("abort", cancel, { once: true });
  const timer = setTimeout(cancel, options.deadlineMs ?? REQUEST_DEADLINE_MS);
  let responseStatus: number | null = null;
  let retryAfterMs: number | undefined;
  let failure: DeliveryFailure | null;
  try {
    const target = parseWebhookUrl(url, options.allowPrivate);
    const addresses = await resolveChecked(hostOf(target), options, deadline.signal);
    const answer = await post(target, addresses, message, options, deadline.signal);
    responseStatus = answer.status;
    if (OVERLOADED.has(answer.status) && answer.retryAfter !== undefined) {
      retryAfterMs = parseRetryAfter(answer.retryAfter, Date.now());
    }
    failure = failureOfStatus(responseStatus);
  } catch (error) {
    failure = deadline.signal.aborted ? "timeout" : failureOfError(error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cancel);
  }
  signal?.throwIfAborted();
  const outcome = {
    durationMs: Math.round(performance.now() - started),
    responseStatus,
    failure,
  };
  return retryAfterMs === undefined ? outcome : { ...outcome, retryAfterMs };
}

/** The addresses of `host`, all of them fit to connect to. */
async function resolveChecked(
  host: string,
  { allowPrivate, resolve = resolveByDns }: SafeFetchOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const addresses = isIP(host) === 0
    ? await unlessAborted(resolve(host, signal), signal).catch((cause) => {
      throw new RequestFailedError("name_not_found", { cause });
    })
    : [host];
  if (addresses.length === 0) throw new RequestFailedError("name_not_found");
  const acceptable = addresses.length <= MAX_ADDRESSES &&
    addresses.every((address) => isIP(address) !== 0 && (allowPrivate || isPublicAddress(address)));
  if (!acceptable) throw new RequestFailedError("address_refused");
  return addresses;
}

const resolveByDns = createNameResolver();

function unlessAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", abort));
}

/** What is looked at of an answer. */
interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** Status and `Retry-After` of the answer, once its body has ended or its bound is reached. */
async function post(
  target: URL,
  addresses: readonly string[],
  { headers, body }: { headers: Readonly<Record<string, string>>; body: string },
  { trustedCertificates }: SafeFetchOptions,
  signal: AbortSignal,
): Promise<Answer> {
  signal.throwIfAborted();
  const bytes = new TextEncoder().encode(body);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request: ClientRequest = (target.protocol === "https:" ? requestHttps : requestHttp)({
    host: hostOf(target),
    port: target.port || undefined,
    path: target.pathname + target.search,
    method: "POST",
    headers: { ...headers, "content-length": bytes.length },
    // A connection of its own: kept ones would outlive the check of their address.
    agent: false,
    lookup: answering(addresses),
    ca: trustedCertificates,
  });
  const abort = () => request.destroy(new RequestFailedError("timeout"));
  signal.addEventListener("abort", abort, { once: true });
  request.on("error", reject);
  request.on("response", (response) => {
    const finish = () =>
      resolve({
        status: response.statusCode ?? 0,
        retryAfter: response.headers["retry-after"],
      });
    let length = 0;
    response.on("data", (chunk: Uint8Array) => {
      length += chunk.length;
      if (length < MAX_ANSWER_LENGTH) return;
      finish();
      request.destroy();
    });
    // The status has come: what happens to the rest of the answer does not change it.
    for (const event of ["end", "error", "close"]) response.on(event, finish);
  });
  request.end(bytes);
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Answers every question for an address with `addresses`, whatever the name. */
function answering(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_name, options, callback) => {
    if (options.all) callback(null, answers);
    else callback(null, answers[0]!.address, answers[0]!.family);
  };
}

function failureOfStatus(status: number): DeliveryFailure | null {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? "redirect" : "unsuccessful_status";
}

function failureOfError(error: unknown): DeliveryFailure {
  if (error instanceof RequestFailedError) return error.failure;
  if (error instanceof WebhookUrlError) return "address_refused";
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /CERT|TLS|SSL|SIGNATURE|ALTNAME/.test(code) ? "tls_failed" : "connection_failed";
}
