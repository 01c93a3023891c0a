import type { Logger } from "../runtime/log.ts";
import { forwardWebSocket } from "./forwarded_websocket.ts";

/** What a page needs to know of its request. */
export interface PageRequestInfo {
  /** Answers a request to our own API in process, on behalf of whoever asked for the page. */
  readonly api: (request: Request) => Promise<Response>;
  /** The caller's address, already freed from trusted proxies. */
  readonly remoteAddress: string;
}

/** Answers requests for pages and their files. */
export type PageHandler = (request: Request, info: PageRequestInfo) => Promise<Response>;

/**
 * A page is cross-origin isolated, which shared memory between its workers needs, and its scripts
 * and workers have to be as strict (HTML standard, "cross-origin isolated").
 */
const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
  // A meeting's link is all that it takes to join: other sites never see it.
  "Referrer-Policy": "same-origin",
};
/** Headers that concern one connection only (RFC 9110, 7.6.1). */
const HOP_BY_HOP_HEADERS = ["connection", "keep-alive", "te", "transfer-encoding", "upgrade"];

/** Pages from a development server, with its WebSocket for reloading. */
export function forwardedPages(origin: string, log: Logger): PageHandler {
  return async (request, { remoteAddress }) => {
    const { pathname, search } = new URL(request.url);
    // Not resolved against the origin: a path such as //elsewhere/x would name another host.
    const target = new URL(origin);
    target.pathname = pathname;
    target.search = search;
    if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
      return forwardWebSocket(request, target, log);
    }
    const headers = new Headers(request.headers);
    for (const name of HOP_BY_HOP_HEADERS) headers.delete(name);
    headers.set("accept-encoding", "identity");
    headers.set("x-forwarded-for", remoteAddress);
    try {
      const response = await fetch(target, {
        method: request.method,
        headers,
        body: request.body,
        redirect: "manual",
        signal: request.signal,
      });
      return withPageHeaders(response);
    } catch (error) {
      if (!request.signal.aborted) log.warn("pages' development server is away", { error });
      return plainText(502, "The pages' development server does not answer.");
    }
  };
}

/** Pages from a build's module, which is loaded at the first request for one. */
export function builtPages(moduleUrl: string, log: Logger): PageHandler {
  let handler: Promise<PageHandler> | undefined;
  return async (request, info) => {
    let handle: PageHandler;
    try {
      handle = await (handler ??= loadHandler(moduleUrl));
    } catch (error) {
      handler = undefined;
      log.error("pages are not built", { moduleUrl, error });
      return plainText(503, "The pages are not built: run `deno task build`.");
    }
    try {
      return withPageHeaders(await handle(request, info));
    } catch (error) {
      log.error("page failed", { path: new URL(request.url).pathname, error });
      return plainText(500, "Something went wrong here.");
    }
  };
}

async function loadHandler(moduleUrl: string): Promise<PageHandler> {
  const module: { handle?: unknown } = await import(moduleUrl);
  const { handle } = module;
  if (typeof handle !== "function") throw new TypeError("the build exports no handle function");
  return async (request, info) => {
    const response: unknown = await handle(request, info);
    if (!(response instanceof Response)) throw new TypeError("the build answered no Response");
    return response;
  };
}

function withPageHeaders(response: Response): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(PAGE_HEADERS)) headers.set(name, value);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}

function plainText(status: number, text: string): Response {
  return withPageHeaders(new Response(`${text}\n`, { status }));
}
