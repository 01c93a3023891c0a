import type { Handle, HandleFetch } from "@sveltejs/kit/hooks";
import { ISOLATION_HEADERS } from "./lib/isolation_headers.ts";

const PAGE_HEADERS: Readonly<Record<string, string>> = {
  ...ISOLATION_HEADERS,
  "Permissions-Policy":
    "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), geolocation=()",
  // A meeting's address is its key: it is not told to other sites.
  "Referrer-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
};

/** Puts isolation and privacy headers on every page. */
export const handle: Handle = async ({ event, resolve }) => {
  const response = await resolve(event);
  for (const [name, value] of Object.entries(PAGE_HEADERS)) response.headers.set(name, value);
  return response;
};

/** Requests of a page's `load` to our own API go to the API that the platform hands in. */
export const handleFetch: HandleFetch = ({ event, request, fetch }) => {
  const url = new URL(request.url);
  const api = event.platform?.api;
  if (api && url.origin === event.url.origin && url.pathname.startsWith("/api/")) {
    return api(request);
  }
  return fetch(request);
};
