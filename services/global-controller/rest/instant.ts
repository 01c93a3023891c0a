import { z } from "@hono/zod-openapi";

/** Longest text of an instant: nine digits of a second and an offset. */
const MAX_LENGTH = 40;
/** PostgreSQL refuses offsets of 16 hours and more; nowhere on Earth has any above 14. */
const FAR_OFFSET = /[+-](1[6-9]|2\d):\d{2}$/;
const FIRST_YEAR = Date.UTC(1970, 0, 1);
const END = Date.UTC(10_000, 0, 1);

/** An instant as RFC 3339 writes it, with an offset, from 1970 on: PostgreSQL reads it as it is. */
export const instant = z.iso.datetime({ offset: true }).max(MAX_LENGTH)
  .refine((text) => {
    const ms = Date.parse(text);
    return ms >= FIRST_YEAR && ms < END && !FAR_OFFSET.test(text);
  }, "is out of range")
  .openapi({ format: "date-time", example: "2026-11-21T18:00:00Z" });
