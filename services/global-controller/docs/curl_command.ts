/** What of an operation a command shows. */
export interface CurlRequest {
  readonly method: string;
  readonly url: string;
  readonly needsCredentials: boolean;
  readonly body: unknown;
}

/** A command that sends the request, for a POSIX shell. */
export function curlCommand({ method, url, needsCredentials, body }: CurlRequest): string {
  const parts = [`curl ${method === "GET" ? "" : `-X ${method} `}${quoted(url)}`];
  // The shell fills the variable in, so that no token stands in its history.
  if (needsCredentials) parts.push('-H "Authorization: Bearer $TOKEN"');
  if (method === "POST") parts.push('-H "Idempotency-Key: $(uuidgen)"');
  if (body !== undefined) {
    parts.push("-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`);
  }
  return parts.join(" \\\n  ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
