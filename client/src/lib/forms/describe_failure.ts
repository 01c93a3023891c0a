import { ApiRequestError } from "../../../api_client/api_client.ts";

/** The words for what went wrong. */
export interface FailureWords {
  readonly offline: string;
  readonly signInAgain: string;
  readonly forbidden: string;
  readonly gone: string;
  readonly changedMeanwhile: string;
  readonly tooMany: (seconds: number) => string;
  readonly unavailable: string;
  readonly failed: string;
}

/**
 * A sentence for whatever a call of the API threw. What the API says about a request of the
 * person's own (a value that is refused, a quota, a conflict) is told as it is.
 */
export function describeFailure(failure: unknown, words: FailureWords): string {
  if (failure instanceof TypeError) return words.offline;
  if (!(failure instanceof ApiRequestError)) return words.failed;
  switch (failure.status) {
    case 401:
      return words.signInAgain;
    case 404:
    case 410:
      return words.gone;
    case 412:
      return words.changedMeanwhile;
    case 429:
      return words.tooMany(Math.ceil((failure.retryAfterMs ?? 60_000) / 1_000));
    case 503:
      return words.unavailable;
  }
  if (failure.status === 403 && failure.code === "FORBIDDEN") return words.forbidden;
  return failure.status < 500 ? sentence(failure.message) : words.failed;
}

/** What is wrong with each field, by its name in the API (`details.issues` of INVALID_REQUEST). */
export function problemsByField(failure: unknown): Record<string, string> {
  const problems: Record<string, string> = {};
  if (!(failure instanceof ApiRequestError) || !Array.isArray(failure.details.issues)) {
    return problems;
  }
  for (const issue of failure.details.issues) {
    if (typeof issue?.field !== "string" || typeof issue.message !== "string") continue;
    problems[issue.field] ??= sentence(issue.message);
  }
  return problems;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  const start = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}
