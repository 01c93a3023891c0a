/** An answer that is an error, with the envelope of the specification ("Error Handling"). */
export class ApiRequestError extends Error {
  override readonly name = "ApiRequestError";

  private constructor(
    readonly status: number,
    /** Stable, such as `MEETING_NOT_FOUND`; `UNKNOWN` when the answer was none of the API's. */
    readonly code: string,
    message: string,
    readonly details: Readonly<Record<string, unknown>>,
    /** What `Retry-After` says. */
    readonly retryAfterMs: number | undefined,
  ) {
    super(message);
  }

  /** Reads an answer whose status is no success. */
  static async of(response: Response): Promise<ApiRequestError> {
    const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
    const { code, message, details } = readEnvelope(await response.text().catch(() => ""));
    return new ApiRequestError(
      response.status,
      code ?? "UNKNOWN",
      message ?? `the API answered ${response.status}`,
      details ?? {},
      seconds >= 0 ? seconds * 1_000 : undefined,
    );
  }
}

/** A proxy in between may answer anything. */
function readEnvelope(
  text: string,
): { code?: string; message?: string; details?: Record<string, unknown> } {
  try {
    return JSON.parse(text)?.error ?? {};
  } catch {
    return {};
  }
}
