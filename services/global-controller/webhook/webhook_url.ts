import { isIP } from "node:net";
import { isPublicAddress } from "./public_address.ts";

/** Longest URL of an endpoint, characters. */
export const MAX_URL_LENGTH = 2_048;

const HTTPS_PORT = 443;
/**
 * Ports below belong to services that everyone knows (mail, name servers, remote shells); of them
 * only HTTPS is called, so that nobody has this service knock at the others. Above are 8443, 4443
 * and what else people run receivers on.
 */
const FIRST_UNPRIVILEGED_PORT = 1_024;

/** A URL that no webhook may be sent to; the message tells the caller why. */
export class WebhookUrlError extends Error {
  override readonly name = "WebhookUrlError";
}

/**
 * The normalised URL of an endpoint. Spellings of IPv4 addresses in decimal, octal or hexadecimal
 * are plain ones afterwards (WHATWG URL, 3.5). What a name stands for is checked with each request.
 *
 * @param allowPrivate for development and tests: http, any port and any address too.
 * @throws {WebhookUrlError}
 */
export function parseWebhookUrl(text: string, allowPrivate: boolean): URL {
  const url = URL.parse(text);
  if (url === null) throw new WebhookUrlError("the URL is not valid");
  if (url.protocol !== "https:" && !(allowPrivate && url.protocol === "http:")) {
    throw new WebhookUrlError("the URL has to begin with https://");
  }
  if (url.username !== "" || url.password !== "") {
    throw new WebhookUrlError("the URL may not hold a user name or a password");
  }
  if (url.hash !== "") throw new WebhookUrlError("the URL may not hold a fragment");
  if (url.href.length > MAX_URL_LENGTH) throw new WebhookUrlError("the URL is too long");
  if (allowPrivate) return url;
  const port = url.port === "" ? HTTPS_PORT : Number(url.port);
  if (port !== HTTPS_PORT && port < FIRST_UNPRIVILEGED_PORT) {
    throw new WebhookUrlError("the port has to be 443 or 1024 and above");
  }
  const host = hostOf(url);
  if (isIP(host) !== 0 && !isPublicAddress(host)) {
    throw new WebhookUrlError("the address is not a public one");
  }
  return url;
}

/** A URL's name or address, the latter without brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}
