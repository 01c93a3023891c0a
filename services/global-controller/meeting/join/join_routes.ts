import { createRoute } from "@hono/zod-openapi";
import { callerPlace } from "../../region/caller_place.ts";
import type { ApiApp } from "../../rest/api_environment.ts";
import { errorResponse, jsonContent, OPEN_TO_GUESTS } from "../../rest/openapi.ts";
import { addressGroup } from "../../rate_limit/client_address.ts";
import { keepGuestCookie, readGuestCookie } from "./guest_cookie.ts";
import {
  EndpointsResponse,
  JoinRequest,
  JoinResponse,
  writeEndpoints,
  writeJoining,
} from "./join_messages.ts";
import type { JoinService } from "./join_service.ts";
import { meetingPath } from "../meeting_path.ts";

const notJoinable = {
  404: errorResponse("No such meeting"),
  410: errorResponse("The meeting has ended"),
  503: errorResponse("No meeting controller is available"),
};

const joinMeeting = createRoute({
  method: "post",
  path: "/api/v1/meetings/{meeting}/join",
  security: OPEN_TO_GUESTS,
  summary: "Get what one participant needs to join",
  description: "A guest's browser is given the cookie __Host-dt_guest, by which it is known again.",
  request: { params: meetingPath, body: jsonContent(JoinRequest) },
  responses: {
    200: { description: "A single-use token and where to go", ...jsonContent(JoinResponse) },
    400: errorResponse("Malformed request"),
    401: errorResponse("This meeting needs an access token"),
    403: errorResponse(
      "BANNED, MEETING_LOCKED, PASSCODE_REQUIRED, PASSCODE_WRONG or GUEST_LINK_INVALID",
    ),
    429: errorResponse("Too many requests, or too many wrong passcodes"),
    ...notJoinable,
  },
});

const meetingEndpoints = createRoute({
  method: "get",
  path: "/api/v1/meetings/{meeting}/endpoints",
  summary: "Get where to connect before joining",
  request: { params: meetingPath },
  responses: {
    200: { description: "The meeting's servers", ...jsonContent(EndpointsResponse) },
    ...notJoinable,
  },
});

/** Adds the routes by which people get into meetings. */
export function addJoinRoutes(app: ApiApp, joining: JoinService): void {
  app.openapi(joinMeeting, async (context) => {
    const { passcode, guest_link: guestSecret } = context.req.valid("json");
    const caller = context.get("caller");
    const guestCookie = caller.kind === "guest" ? readGuestCookie(context) : undefined;
    const joined = await joining.join(
      caller,
      context.req.valid("param").meeting,
      { passcode, guestSecret, guestCookie, addressGroup: addressGroup(context.env.clientAddress) },
      callerPlace(context.env),
    );
    if (guestCookie !== undefined) keepGuestCookie(context, guestCookie);
    return context.json(writeJoining(joined), 200);
  });
  app.openapi(meetingEndpoints, async (context) => {
    const { meeting, placement } = await joining.endpoints(
      context.req.valid("param").meeting,
      callerPlace(context.env),
    );
    return context.json(writeEndpoints(meeting.meetingId, placement), 200);
  });
}
