import { z } from "@hono/zod-openapi";
import { newPassword } from "../../auth/password/password_messages.ts";
import { text } from "../../rest/text.ts";
import { MAX_DISPLAY_NAME_LENGTH } from "../../user/user.ts";
import { email } from "../invitation/invitation_messages.ts";
import { requiredName } from "../organisation_messages.ts";

/** Longest token that is looked at, characters. */
const MAX_TOKEN_LENGTH = 100;

export const SetupResponse = z.object({
  needed: z.boolean().openapi({
    description: "Whether no person exists yet and the link in the service's log is good",
  }),
}).openapi("Setup");

export const SetupRequest = z.object({
  token: z.string().max(MAX_TOKEN_LENGTH).openapi({
    description: "What the link in the service's log ends in",
  }),
  organisation_name: requiredName,
  email,
  display_name: text(MAX_DISPLAY_NAME_LENGTH).trim(),
  password: newPassword,
}).openapi("SetupRequest");
