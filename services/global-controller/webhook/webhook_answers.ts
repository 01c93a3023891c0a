import { errorResponse } from "../rest/openapi.ts";

/** How every route of webhooks may refuse. */
export const REFUSED = {
  400: errorResponse("Malformed request"),
  401: errorResponse("No access token or API key"),
  403: errorResponse("The scope is missing"),
  429: errorResponse("Too many requests"),
  503: errorResponse("The database is away, or too much is underway"),
};
