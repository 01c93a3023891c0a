import { createMiddleware } from "hono/factory";
import type { ApiEnvironment } from "../rest/api_environment.ts";
import { forbidden } from "../rest/api_error.ts";

/** Where a browser says that a request came from. */
export interface RequestSource {
  readonly secFetchSite: string | null;
  readonly origin: string | null;
}

/**
 * Whether a request may act on cookies: it comes from the pages of `publicOrigin`, or from no page
 * at all. Browsers tell the source of every POST, PUT and DELETE themselves, whatever the content
 * type (Fetch Metadata; RFC 6454, 7).
 */
export function isSameOrigin(
  { secFetchSite, origin }: RequestSource,
  publicOrigin: string,
): boolean {
  if (origin !== null && origin !== publicOrigin) return false;
  return secFetchSite === null || secFetchSite === "same-origin" || secFetchSite === "none";
}

/** Refuses what another site's page sends; for routes that set or read cookies. */
export function requireSameOrigin(publicUrl: string) {
  const publicOrigin = new URL(publicUrl).origin;
  return createMiddleware<ApiEnvironment>(async (context, next) => {
    const { headers } = context.req.raw;
    const source = {
      secFetchSite: headers.get("sec-fetch-site"),
      origin: headers.get("origin"),
    };
    if (!isSameOrigin(source, publicOrigin)) {
      throw forbidden("this may only be sent by the pages of this service");
    }
    await next();
  });
}
