import assert from "node:assert/strict";
import { seededRandom } from "../../../proto/congestion/testing/random.ts";
import { testDatabases } from "../../../db/test_postgres.ts";
import { startTestApi } from "../testing/test_api.ts";
import { fuzzApi } from "./api_fuzz.ts";

const databases = testDatabases();
/** `deno task fuzz api` sends ten thousand. */
const REQUESTS = Number(Deno.env.get("DT_FUZZ_REQUESTS") ?? 2_000);
/** The share of operations that need more than chance: a mail's secret, a provider, a real password. */
const MOST_NEVER = 0.3;
const seed = Number(Deno.env.get("DT_FUZZ_SEED") ?? Math.floor(Math.random() * 2 ** 32));

Deno.test(`${REQUESTS} made-up requests are answered as described (DT_FUZZ_SEED=${seed})`, async () => {
  await using api = await startTestApi(databases, { rateLimit: 10_000_000 });
  const { faults, statuses } = await fuzzApi(api, seededRandom(seed), REQUESTS);
  assert.equal(faults.length, 0, faults.join("\n"));
  if (REQUESTS < 2_000) return;
  // A fuzz that is always refused at the door proves nothing.
  const never = [...statuses].filter(([, counts]) =>
    ![...counts.keys()].some((status) => status < 400)
  );
  assert.ok(
    never.length <= MOST_NEVER * statuses.size,
    `never succeeded: ${never.map(([name]) => name)}`,
  );
});
