import assert from "node:assert/strict";
import { testDatabases } from "../../../../db/test_postgres.ts";
import { configureLogs } from "../../../runtime/log.ts";
import { assertError } from "../../testing/assert_error.ts";
import { startTestApi } from "../../testing/test_api.ts";

const databases = testDatabases();

Deno.test("an invitation's secret is not logged when looking for it fails", async () => {
  await using api = await startTestApi(databases);
  const lines: string[] = [];
  configureLogs("debug", (line) => lines.push(line));
  const token = "S".repeat(43);
  await api.sql`ALTER TABLE invitations RENAME TO invitations_elsewhere`;
  try {
    const response = await api.request("GET", `/api/v1/invitations/${token}`);
    await assertError(response, 500, "INTERNAL_ERROR");
  } finally {
    await api.sql`ALTER TABLE invitations_elsewhere RENAME TO invitations`;
  }
  const failure = lines.find((line) => line.includes("request failed"));
  assert.match(failure ?? "", /"path":"\/api\/v1\/invitations\/:token"/);
  assert.ok(!lines.join("").includes(token));
});
