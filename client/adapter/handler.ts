import { type AssetManifest, chooseEncoding, ENCODING_SUFFIX } from "./asset_manifest.ts";
import { ISOLATION_HEADERS } from "../src/lib/isolation_headers.ts";

/** What the caller of the pages tells about one request. */
export interface RequestInfo {
  /** Answers the product's own API in process, so that rendering a page opens no connection. */
  readonly api?: (request: Request) => Promise<Response>;
  /** Address of the peer, already freed from proxies. */
  readonly remoteAddress?: string;
}

/** The part of Kit's server that the handler uses. */
export interface PageServer {
  init(options: { env: Record<string, string> }): Promise<void>;
  respond(
    request: Request,
    options: { platform: { api?: RequestInfo["api"] }; getClientAddress(): string },
  ): Promise<Response>;
}

/** What the built bundle binds together. */
export interface HandlerParts {
  readonly server: PageServer;
  readonly assets: AssetManifest;
  /** Reads one file of the build's `client` directory; rejects if it is not there. */
  readonly readAsset: (file: string) => Promise<Uint8Array<ArrayBuffer>>;
}

/** Hashed files never change; others are asked for again each time. */
const CACHE_IMMUTABLE = "public, max-age=31536000, immutable";
const CACHE_REVALIDATE = "public, max-age=0, must-revalidate";

/**
 * Makes the pages' fetch handler: static files from the embedded manifest, everything else
 * rendered by Kit. Holds no state between requests apart from the started server.
 */
export function createHandler(
  parts: HandlerParts,
): (request: Request, info?: RequestInfo) => Promise<Response> {
  let started: Promise<void> | undefined;
  return async (request, info = {}) => {
    const asset = await serveAsset(parts, request);
    if (asset) return asset;
    started ??= parts.server.init({ env: {} });
    await started;
    return await parts.server.respond(request, {
      platform: { api: info.api },
      getClientAddress: () => info.remoteAddress ?? "0.0.0.0",
    });
  };
}

async function serveAsset(parts: HandlerParts, request: Request): Promise<Response | undefined> {
  const { pathname } = new URL(request.url);
  const asset = Object.hasOwn(parts.assets, pathname) ? parts.assets[pathname] : undefined;
  if (!asset) return undefined;
  if (request.method !== "GET" && request.method !== "HEAD") {
    return new Response(null, { status: 405, headers: { Allow: "GET, HEAD" } });
  }
  const headers = new Headers({
    ...ISOLATION_HEADERS,
    "Cache-Control": asset.immutable ? CACHE_IMMUTABLE : CACHE_REVALIDATE,
    "Content-Type": asset.type,
    "ETag": asset.etag,
    "X-Content-Type-Options": "nosniff",
  });
  if (asset.encodings.length > 0) headers.set("Vary", "Accept-Encoding");
  if (request.headers.get("If-None-Match")?.includes(asset.etag)) {
    return new Response(null, { status: 304, headers });
  }
  const encoding = chooseEncoding(request.headers.get("Accept-Encoding"), asset.encodings);
  if (encoding) headers.set("Content-Encoding", encoding);
  const body = await parts.readAsset(asset.file + (encoding ? ENCODING_SUFFIX[encoding] : ""));
  headers.set("Content-Length", String(body.byteLength));
  return new Response(request.method === "HEAD" ? null : body, { headers });
}
