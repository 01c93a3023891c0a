import { z } from "@hono/zod-openapi";
import { JOIN_TOKEN_LIFETIME_S } from "../auth/token/join_token.ts";
import { nextCursor } from "../rest/cursor.ts";
import { text } from "../rest/text.ts";
import { GRANTS } from "./grant.ts";
import type { JoinTokenRecord } from "./join_token_record.ts";

/** The shortest life that a token may be given, seconds. */
const MIN_LIFETIME_S = 10;
/** Longest name, characters: what meeting controllers take. */
const MAX_NAME_LENGTH = 100;
const MAX_USER_REFERENCE_LENGTH = 200;
/** Control characters, line separators, and what turns the direction of the text around it. */
const UNFIT_FOR_NAMES = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

export const IssueJoinTokenRequest = z.object({
  role: z.enum(["host", "participant"]).optional().openapi({ default: "participant" }),
  grants: z.array(z.enum(GRANTS)).max(GRANTS.length).optional().openapi({
    description: "All for hosts, and the meeting's default_grants for others, unless given",
  }),
  participant_name: text(MAX_NAME_LENGTH)
    .refine((name) => name.trim() !== "", "is empty")
    .refine((name) => !UNFIT_FOR_NAMES.test(name), "has control characters")
    .optional().openapi({
      description: "The name to appear under; the person's choice by default",
    }),
  expires_in: z.number().int().min(MIN_LIFETIME_S).max(JOIN_TOKEN_LIFETIME_S).optional().openapi({
    default: JOIN_TOKEN_LIFETIME_S,
    description: "Seconds",
  }),
  user_reference: text(MAX_USER_REFERENCE_LENGTH).optional().openapi({
    description: "What the caller calls the person; attendance shows it",
  }),
}).openapi("IssueJoinToken");

export const JoinTokenListResponse = z.object({
  tokens: z.array(
    z.object({
      token_id: z.uuid(),
      participant_id: z.uuid(),
      role: z.enum(["host", "participant"]),
      grants: z.array(z.enum(GRANTS)),
      participant_name: z.string().nullable(),
      user_id: z.uuid().nullable(),
      user_reference: z.string().nullable(),
      issued_at: z.string(),
      expires_at: z.string(),
      revoked_at: z.string().nullable(),
    }).openapi("JoinToken"),
  ),
  next_cursor: nextCursor,
}).openapi("JoinTokenList");

/** A token as a list shows it: never the token itself. */
export function writeJoinToken(record: JoinTokenRecord) {
  return {
    token_id: record.tokenId,
    participant_id: record.participantId,
    role: record.role,
    grants: [...record.grants],
    participant_name: record.participantName || null,
    user_id: record.userId,
    user_reference: record.userReference || null,
    issued_at: record.issuedAt.toISOString(),
    expires_at: record.expiresAt.toISOString(),
    revoked_at: record.revokedAt?.toISOString() ?? null,
  };
}
