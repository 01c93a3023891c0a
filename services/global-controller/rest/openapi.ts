import { z } from "@hono/zod-openapi";

const ErrorBody = z.object({
  error: z.object({
    code: z.string().openapi({ example: "MEETING_NOT_FOUND" }),
    message: z.string(),
    details: z.record(z.string(), z.unknown()),
  }),
}).openapi("Error");

/** A body of `application/json`. */
export function jsonContent<Schema extends z.ZodType>(schema: Schema) {
  return { content: { "application/json": { schema } } };
}

/** An answer with the error envelope. */
export function errorResponse(description: string) {
  return { description, ...jsonContent(ErrorBody) };
}

/** For routes that say 401 only to guests whom the operator or the meeting's owner keeps out. */
export const OPEN_TO_GUESTS: Record<string, string[]>[] = [{}, { bearer: [] }];

/** For routes that give credentials for something else, such as a password. */
export const NO_CREDENTIALS: Record<string, string[]>[] = [];

/** For routes that a browser calls with the cookie of its login session. */
export const LOGIN_COOKIE: Record<string, string[]>[] = [{ loginCookie: [] }];
