import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "@hono/zod-openapi";
import { ApiError } from "./api_error.ts";
import { encodeCursor, type PageKey, pageOf, pageQuery, parsePage } from "./cursor.ts";

const seed = Number(Deno.env.get("DT_SEED") ?? Date.now());
const key: PageKey = {
  time: "2026-11-21T18:19:31.123456Z",
  id: "0193a5c0-7e2b-4c51-9a3f-1d2e3f405162",
};
const keyOf = (row: PageKey) => row;
const isRefused = (error: unknown) => error instanceof ApiError && error.status === 400;

Deno.test("a cursor carries a time with microseconds and an id of any kind", () => {
  assert.deepEqual(parsePage({ cursor: encodeCursor(key) }), { limit: 50, after: key });
  const number = { ...key, id: "9007199254740993" };
  assert.deepEqual(parsePage({ cursor: encodeCursor(number), limit: 7 }, "bigint"), {
    limit: 7,
    after: number,
  });
  const text = { ...key, id: "größer\n'" };
  assert.deepEqual(parsePage({ cursor: encodeCursor(text) }, "text").after, text);
});

Deno.test("a cursor with any byte changed, or that was never given, is refused", () => {
  const cursor = encodeCursor(key);
  const place = fc.nat(cursor.length - 1);
  const changed = fc.property(place, fc.constantFrom(..."Aa0-_=+ %é"), (index, character) => {
    const other = cursor.slice(0, index) + character + cursor.slice(index + 1);
    if (other !== cursor) assert.throws(() => parsePage({ cursor: other }), isRefused);
  });
  fc.assert(changed, { seed, numRuns: 2_000 });
  const madeUp = fc.property(fc.string(), (text) => {
    assert.throws(() => parsePage({ cursor: text }), isRefused);
  });
  fc.assert(madeUp, { seed, numRuns: 2_000 });
});

Deno.test("a cursor whose checksum was computed is still held to what SQL can read", () => {
  for (
    const forged of [
      { ...key, id: "'; DROP TABLE meetings" },
      { ...key, id: "" },
      { ...key, time: "2026-02-30T00:00:00.000000Z" },
      { ...key, time: "2026-11-21T25:00:00.000000Z" },
      { ...key, time: "0000-01-01T00:00:00.000000Z" },
    ]
  ) {
    assert.throws(() => parsePage({ cursor: encodeCursor(forged) }), isRefused, forged.time);
  }
  const huge = { ...key, id: "9".repeat(30) };
  assert.throws(() => parsePage({ cursor: encodeCursor(huge) }, "bigint"), isRefused);
  const nul = { ...key, id: "a\0" };
  assert.throws(() => parsePage({ cursor: encodeCursor(nul) }, "text"), isRefused);
});

Deno.test("there is a next page exactly when one more row was found than the page holds", () => {
  const rows = [1, 2, 3].map((second) => ({ ...key, time: `2026-11-21T18:19:0${second}.000001Z` }));
  assert.deepEqual(pageOf(rows, 3, keyOf), { items: rows, nextCursor: null });
  assert.deepEqual(pageOf([], 3, keyOf), { items: [], nextCursor: null });
  const { items, nextCursor } = pageOf(rows, 2, keyOf);
  assert.deepEqual(items, rows.slice(0, 2));
  assert.deepEqual(parsePage({ cursor: nextCursor! }).after, rows[1]);
});

Deno.test("a key without microseconds is a mistake of the store's, not a cursor", () => {
  assert.throws(() => encodeCursor({ ...key, time: "2026-11-21T18:19:31.123Z" }), TypeError);
});

Deno.test("a page has from 1 to 100 items", () => {
  const query = z.object(pageQuery);
  assert.deepEqual(parsePage(query.parse({})), { limit: 50 });
  assert.deepEqual(parsePage(query.parse({ limit: "100" })), { limit: 100 });
  for (const limit of ["0", "101", "-1", "1.5", "1e1", "0x10", "", " 1", "many"]) {
    assert.equal(query.safeParse({ limit }).success, false, limit);
  }
});
