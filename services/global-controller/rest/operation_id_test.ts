import assert from "node:assert/strict";
import { operationId } from "./operation_id.ts";

Deno.test("an operation without a name gets one from its method and path", () => {
  const named = [
    ["get", "/api/v1/meetings", true, "listMeetings"],
    ["get", "/api/v1/meetings/{meeting}", false, "getMeeting"],
    ["get", "/api/v1/meetings/{meeting}/endpoints", false, "getMeetingEndpoints"],
    ["get", "/api/v1/meetings/{meeting}/guest-links", true, "listMeetingGuestLinks"],
    ["post", "/api/v1/meetings", false, "createMeeting"],
    ["post", "/api/v1/meetings/{meeting}/tokens", false, "createMeetingToken"],
    ["post", "/api/v1/meetings/{meeting}/join", false, "joinMeeting"],
    ["post", "/api/v1/webhook-endpoints/{id}/rotate-secret", false, "rotateWebhookEndpointSecret"],
    ["patch", "/api/v1/rooms/{room}", false, "updateRoom"],
    ["delete", "/api/v1/meetings/{meeting}/tokens/{token}", false, "deleteMeetingToken"],
    ["put", "/api/v1/organisation/quotas", false, "replaceOrganisationQuotas"],
    ["get", "/api/v1/categories/{category}", false, "getCategory"],
  ] as const;
  for (const [method, path, isList, name] of named) {
    assert.equal(operationId(method, path, isList), name);
  }
});
