import { z } from "@hono/zod-openapi";
import { errorResponse } from "../rest/openapi.ts";

/** The part of a path that names a meeting, in every route below `/meetings/{meeting}`. */
export const meetingPath = z.object({
  meeting: z.string().openapi({ description: "A meeting id or a meeting code" }),
});

/** What every route refuses that is for those who administer a meeting. */
export const refusedToOthers = {
  400: errorResponse("Malformed request"),
  401: errorResponse("No access token or API key"),
  403: errorResponse("The scope is missing, or it is another member's meeting"),
  404: errorResponse("No such meeting"),
  429: errorResponse("Too many requests"),
};
