/** How secrets look to people (Standard Webhooks, "Signature scheme"). */
const SECRET_PREFIX = "whsec_";
/** The convention asks for 24 to 64. */
const SECRET_BYTES = 32;

/** What a signature covers, beside the secret. */
export interface SignedMessage {
  /** The same for each attempt to deliver one event. */
  readonly id: string;
  /** When this attempt began, seconds since 1970. */
  readonly timestampS: number;
  readonly body: string;
}

/** A fresh secret for an endpoint, as its receiver configures it: `whsec_` and base64. */
export function createSecret(): string {
  return SECRET_PREFIX + crypto.getRandomValues(new Uint8Array(SECRET_BYTES)).toBase64();
}

/**
 * The headers by which a receiver knows the sender (Standard Webhooks 1.0): HMAC-SHA-256 over
 * `id.timestamp.body`, one signature for each secret that is live, the newest first.
 */
export async function signatureHeaders(
  message: SignedMessage,
  secrets: readonly string[],
): Promise<Record<string, string>> {
  const { id, timestampS, body } = message;
  const content = new TextEncoder().encode(`${id}.${timestampS}.${body}`);
  const signatures = await Promise.all(secrets.map((secret) => sign(secret, content)));
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestampS),
    "webhook-signature": signatures.map((signature) => `v1,${signature}`).join(" "),
  };
}

async function sign(secret: string, content: Uint8Array<ArrayBuffer>): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytesOf(secret), algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, content)).toBase64();
}

function bytesOf(secret: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(secret.slice(SECRET_PREFIX.length));
}
