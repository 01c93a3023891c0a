import { createRoute, z } from "@hono/zod-openapi";
import { requireUser } from "../auth/caller.ts";
import type { ApiApp } from "../rest/api_environment.ts";
import { notFound } from "../rest/api_error.ts";
import { pageQuery, parsePage } from "../rest/cursor.ts";
import { readIfMatch, writeEtag } from "../rest/etag.ts";
import { errorResponse, jsonContent } from "../rest/openapi.ts";
import {
  MembershipListResponse,
  UpdateUserRequest,
  UserResponse,
  writeUser,
  writeUserMembership,
} from "./user_messages.ts";
import type { UserStore } from "./user_store.ts";

const refused = {
  401: errorResponse("No access token"),
  403: errorResponse("A program, not a person"),
  429: errorResponse("Too many requests"),
  503: errorResponse("The database is away"),
};

const getMe = createRoute({
  method: "get",
  path: "/api/v1/me",
  summary: "Get the caller's own profile",
  responses: {
    200: { description: "The profile", ...jsonContent(UserResponse) },
    ...refused,
    404: errorResponse("The account is gone"),
  },
});

const updateMe = createRoute({
  method: "patch",
  path: "/api/v1/me",
  summary: "Change the caller's own profile",
  request: { body: jsonContent(UpdateUserRequest) },
  responses: {
    200: { description: "The profile", ...jsonContent(UserResponse) },
    400: errorResponse("Malformed request"),
    ...refused,
    404: errorResponse("The account is gone"),
    412: errorResponse("It has changed since it was read (If-Match)"),
  },
});

const listMemberships = createRoute({
  method: "get",
  path: "/api/v1/me/memberships",
  operationId: "listMyMemberships",
  summary: "List the organisations that the caller is in, the newest membership first",
  request: { query: z.object(pageQuery) },
  responses: {
    200: { description: "Memberships", ...jsonContent(MembershipListResponse) },
    400: errorResponse("Malformed request"),
    ...refused,
  },
});

/** Adds the routes under `/api/v1/me`. */
export function addUserRoutes(app: ApiApp, users: UserStore): void {
  app.openapi(getMe, async (context) => {
    const user = await users.find(requireUser(context.get("caller")).userId);
    if (user === undefined) throw notFound("the account is gone");
    writeEtag(context, user.version);
    return context.json(writeUser(user), 200);
  });
  app.openapi(updateMe, async (context) => {
    const { userId } = requireUser(context.get("caller"));
    const { display_name, locale, time_zone } = context.req.valid("json");
    const change = { displayName: display_name, locale, timeZone: time_zone };
    const user = await users.update(userId, change, readIfMatch(context));
    writeEtag(context, user.version);
    return context.json(writeUser(user), 200);
  });
  app.openapi(listMemberships, async (context) => {
    const { userId } = requireUser(context.get("caller"));
    const page = parsePage(context.req.valid("query"));
    const { items, nextCursor } = await users.memberships(userId, page);
    return context.json({
      memberships: items.map(writeUserMembership),
      next_cursor: nextCursor,
    }, 200);
  });
}
