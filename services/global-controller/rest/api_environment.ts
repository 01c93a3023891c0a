import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Caller } from "../auth/caller.ts";

/** What the API's handlers find in Hono's context. */
export interface ApiEnvironment {
  Bindings: {
    /** The caller's address, already freed from trusted proxies. */
    readonly clientAddress: string;
    /** What a trusted proxy says of where the caller is. */
    readonly regionHint?: string;
  };
  Variables: {
    requestId: string;
    caller: Caller;
  };
}

/** The REST API, or a part of it. */
export type ApiApp = OpenAPIHono<ApiEnvironment>;

/** Adds the routes of one part of the API. */
export type RouteGroup = (app: ApiApp) => void;
