import assert from "node:assert/strict";
import { instant } from "./instant.ts";

Deno.test("an instant needs a day that exists, an offset and a year that PostgreSQL has", () => {
  for (
    const text of [
      "2026-11-21T18:00:00Z",
      "2028-02-29T00:00:00.123456+05:30",
      "2026-11-21T18:00:00-15:59",
    ]
  ) {
    assert.equal(instant.safeParse(text).success, true, text);
  }
  const wrong = [
    "2026-11-21",
    "2026-11-21T18:00:00",
    "2026-02-30T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "1969-12-31T23:59:59Z",
    `2026-11-21T18:00:00.${"1".repeat(40)}Z`,
    "2026-11-21T18:00:00-23:59",
    "2026-11-21T18:00:00+16:00",
    "now",
    "",
  ];
  for (const text of wrong) assert.equal(instant.safeParse(text).success, false, text);
});
