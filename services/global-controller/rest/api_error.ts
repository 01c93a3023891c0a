import type { ContentfulStatusCode } from "hono/utils/http-status";

/** The stable codes of the error envelope (specification, "Error Handling"). */
export type ApiErrorCode =
  | "INVALID_REQUEST"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "QUOTA_EXCEEDED"
  | "CONFLICT"
  | "MEETING_NOT_FOUND"
  | "MEETING_ENDED"
  | "MEETING_LOCKED"
  | "BANNED"
  | "PASSCODE_REQUIRED"
  | "PASSCODE_WRONG"
  | "GUEST_LINK_INVALID"
  | "PRECONDITION_FAILED"
  | "IDEMPOTENCY_IN_PROGRESS"
  | "IDEMPOTENCY_KEY_REUSED"
  | "METHOD_NOT_ALLOWED"
  | "RATE_LIMITED"
  | "SERVICE_UNAVAILABLE"
  | "INTERNAL_ERROR";

/** The body of every error answer. */
export interface ErrorEnvelope {
  readonly error: {
    readonly code: ApiErrorCode;
    /** For people; may change. */
    readonly message: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

/** An answer that is an error; its message reaches the caller. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly details: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly status: ContentfulStatusCode,
    readonly code: ApiErrorCode,
    message: string,
    options: {
      details?: Record<string, unknown>;
      headers?: Record<string, string>;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.details = options.details ?? {};
    this.headers = options.headers ?? {};
  }

  get envelope(): ErrorEnvelope {
    return { error: { code: this.code, message: this.message, details: this.details } };
  }
}

/** 400: the caller has to send something else. */
export function invalidRequest(message: string, details?: Record<string, unknown>): ApiError {
  return new ApiError(400, "INVALID_REQUEST", message, { details });
}

/** 401: who is calling is not known. */
export function unauthorized(message: string): ApiError {
  return new ApiError(401, "UNAUTHORIZED", message, { headers: { "WWW-Authenticate": "Bearer" } });
}

/** 403: who is calling may not do it. */
export function forbidden(message: string): ApiError {
  return new ApiError(403, "FORBIDDEN", message);
}

/** 404: nothing there that the caller may know of. */
export function notFound(message: string): ApiError {
  return new ApiError(404, "NOT_FOUND", message);
}

/** 409: what is asked for does not go with how things are. */
export function conflict(message: string): ApiError {
  return new ApiError(409, "CONFLICT", message);
}

/** 503: the same request may succeed in a moment. */
export function unavailable(message: string, cause?: unknown): ApiError {
  return new ApiError(503, "SERVICE_UNAVAILABLE", message, {
    headers: { "Retry-After": "2" },
    cause,
  });
}
