import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";

/** By which a guest's browser is known again, behind the prefix `__Host-` (RFC 6265bis, 4.1.3.2). */
const COOKIE = "dt_guest";
const SECRET_BYTES = 32;
const FORM = /^[A-Za-z0-9_-]{43}$/;
/** A year, seconds; each join begins it anew. */
const LIFETIME_S = 365 * 24 * 60 * 60;

/**
 * The secret that a guest's browser holds, or a new one for it to hold; undefined for what is no
 * browser, or a page of another origin, where the cookie would not be kept.
 */
export function readGuestCookie(context: Context): string | undefined {
  // Browsers tell by themselves, and no page can say otherwise (Fetch Metadata, 2.2).
  if (context.req.header("sec-fetch-site") !== "same-origin") return undefined;
  const held = getCookie(context, COOKIE, "host");
  if (held !== undefined && FORM.test(held)) return held;
  return crypto.getRandomValues(new Uint8Array(SECRET_BYTES))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Has the browser hold the secret for another year. */
export function keepGuestCookie(context: Context, secret: string): void {
  setCookie(context, COOKIE, secret, {
    prefix: "host",
    path: "/",
    httpOnly: true,
    secure: true,
    // It is of use to requests of our own pages alone, which carry it whatever link led there.
    sameSite: "Strict",
    maxAge: LIFETIME_S,
  });
}
