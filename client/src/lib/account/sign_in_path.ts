/** Longest path to return to, characters; the API's own limit. */
const MAX_RETURN_PATH_LENGTH = 512;
/** Any origin that no page has: what stays there is a path of our own. */
const NO_ORIGIN = "https://pages.invalid";
/** Of no use to somebody who has just signed in: the way there, and what one-time links lead to. */
const NOT_RETURNED_TO: ReadonlySet<string> = new Set([
  "/sign-in",
  "/setup",
  "/invitation",
  "/reset-password",
]);

/** The sign-in page that leads back to `returnTo`, a path of our own. */
export function signInPath(returnTo: string): string {
  return `/sign-in${signInQuery(returnTo)}`;
}

/** What that page's address ends in. */
export function signInQuery(returnTo: string): string {
  return returnTo === "/" ? "" : `?return_to=${encodeURIComponent(returnTo)}`;
}

/** Where to go after signing in: the path of our own that the page's query names, else home. */
export function returnPathOf(query: Pick<URLSearchParams, "get">): string {
  const path = query.get("return_to") ?? "/";
  if (!path.startsWith("/") || path.length > MAX_RETURN_PATH_LENGTH) return "/";
  const url = URL.parse(path, NO_ORIGIN);
  if (url?.origin !== NO_ORIGIN || url.pathname.startsWith("//")) return "/";
  if (NOT_RETURNED_TO.has(url.pathname)) return "/";
  return url.pathname + url.search + url.hash;
}

/** The address that starts a sign-in at the operator's OpenID Connect provider. */
export function oidcStartPath(
  startPath: string,
  { returnTo, invitation }: { readonly returnTo: string; readonly invitation?: string },
): string {
  const query = new URLSearchParams({ return_to: returnTo });
  if (invitation !== undefined) query.set("invitation", invitation);
  return `${startPath}?${query}`;
}
