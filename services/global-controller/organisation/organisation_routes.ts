import { createRoute } from "@hono/zod-openapi";
import type { AuditLog } from "../audit/audit_log.ts";
import { auditEntryOf } from "../audit/request_audit.ts";
import { requireScope } from "../auth/caller.ts";
import type { ApiApp } from "../rest/api_environment.ts";
import { notFound } from "../rest/api_error.ts";
import { readIfMatch, writeEtag } from "../rest/etag.ts";
import { errorResponse, jsonContent } from "../rest/openapi.ts";
import type { Organisation } from "./organisation.ts";
import {
  OrganisationResponse,
  UpdateOrganisationRequest,
  writeOrganisation,
} from "./organisation_messages.ts";
import type { OrganisationStore } from "./organisation_store.ts";
import type { QuotaStore } from "./quota/quota.ts";

const found = {
  200: { description: "The organisation", ...jsonContent(OrganisationResponse) },
  401: errorResponse("No access token or API key"),
  403: errorResponse("The scope is missing"),
  404: errorResponse("The organisation is gone"),
  429: errorResponse("Too many requests"),
  503: errorResponse("The database is away"),
};

const getOrganisation = createRoute({
  method: "get",
  path: "/api/v1/organisation",
  summary: "Get the organisation that the caller acts in, its quotas and what it uses of them",
  responses: found,
});

const updateOrganisation = createRoute({
  method: "patch",
  path: "/api/v1/organisation",
  summary: "Change the name or the slug of the organisation",
  request: { body: jsonContent(UpdateOrganisationRequest) },
  responses: {
    ...found,
    400: errorResponse("Malformed request"),
    409: errorResponse("Another organisation has this slug"),
    412: errorResponse("It has changed since it was read (If-Match)"),
  },
});

/** Adds `/api/v1/organisation`. */
export function addOrganisationRoutes(app: ApiApp, options: {
  organisations: OrganisationStore;
  quotas: QuotaStore;
  audit: AuditLog;
}): void {
  const { organisations, quotas, audit } = options;
  const write = async (organisation: Organisation) => {
    const { organisationId } = organisation;
    const [limits, usage] = await Promise.all([
      quotas.quotasOf(organisationId),
      quotas.usageOf(organisationId),
    ]);
    return writeOrganisation(organisation, limits, usage);
  };
  app.openapi(getOrganisation, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "organisation:read");
    const organisation = await organisations.find(organisationId);
    if (organisation === undefined) throw notFound("the organisation is gone");
    writeEtag(context, organisation.version);
    return context.json(await write(organisation), 200);
  });
  app.openapi(updateOrganisation, async (context) => {
    const { organisationId } = requireScope(context.get("caller"), "organisation:write");
    const change = context.req.valid("json");
    const organisation = await organisations.update(organisationId, change, readIfMatch(context));
    await audit.record(auditEntryOf(context, {
      organisationId,
      action: "organisation.updated",
      target: `organisation:${organisationId}`,
      details: { ...change },
    }));
    writeEtag(context, organisation.version);
    return context.json(await write(organisation), 200);
  });
}
