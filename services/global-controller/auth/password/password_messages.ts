import { z } from "@hono/zod-openapi";
import { text } from "../../rest/text.ts";

/** Shortest password that somebody may choose, characters. */
export const MIN_PASSWORD_LENGTH = 12;
const MAX_PASSWORD_LENGTH = 200;
const MAX_EMAIL_LENGTH = 254;
const MAX_DISPLAY_NAME_LENGTH = 200;

const password = text(MAX_PASSWORD_LENGTH).min(1);

/** A password that somebody chooses. */
export const newPassword = text(MAX_PASSWORD_LENGTH)
  .min(MIN_PASSWORD_LENGTH, `a password has at least ${MIN_PASSWORD_LENGTH} characters`);

export const PasswordSignInRequest = z.object({
  email: text(MAX_EMAIL_LENGTH).min(1),
  password,
}).openapi("PasswordSignInRequest");

export const ChangePasswordRequest = z.object({
  current_password: password,
  new_password: newPassword,
}).openapi("ChangePasswordRequest");

export const ResetPasswordRequest = z.object({
  token: z.string().max(100).openapi({ description: "What the password link ends in" }),
  password: newPassword,
}).openapi("ResetPasswordRequest");

export const PasswordLinkResponse = z.object({
  url: z.string().openapi({
    description: "The link for whoever forgot the password, shown this once. No mail is sent.",
  }),
  expires_at: z.string(),
}).openapi("PasswordLink");

export const AcceptInvitationRequest = z.object({
  token: z.string().max(100).openapi({ description: "What the invitation's link ends in" }),
  display_name: text(MAX_DISPLAY_NAME_LENGTH).optional().openapi({
    description: "What a new person is called",
  }),
  password: newPassword.optional().openapi({
    description: "A new person's, or the one of the account that the invited address has; " +
      "without it whoever sends an access token accepts",
  }),
}).openapi("AcceptInvitationRequest");
