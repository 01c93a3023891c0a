import { z } from "@hono/zod-openapi";

/**
 * Text from outside that PostgreSQL stores and JSON carries unchanged: without NUL, without lone
 * surrogates.
 *
 * @param max longest text, Unicode code points, as JSON Schema and PostgreSQL count.
 */
export function text(max: number) {
  return z.string().max(max)
    .refine(
      (value) => value.isWellFormed() && !value.includes("\0"),
      "has characters that are no text",
    );
}
