import { join } from "node:path";
import postgres from "postgres";
import {
  apiKeyPrefix,
  createApiKeyText,
} from "../../../services/global-controller/organisation/credential/api_key.ts";
import { hashSecretToken } from "../../../services/global-controller/organisation/secret_token.ts";
import { CountedRequests } from "../../../services/global-controller/testing/redis_counted_requests.ts";
import { ROOT, type Stack } from "../../../services/stack/stack.ts";
import { startService } from "../../../services/stack/service_process.ts";
import { startTemporaryStack } from "../../../services/system_tests/temporary_stack.ts";
import { type Figure, figure } from "../figure.ts";
import type { Progress } from "../suite.ts";
import { type AllowedRequest, busiestWindow, busiestWindowOfTimes } from "./busiest_window.ts";
import { HttpConnection, writeRequest } from "./http_connection.ts";

const LIMIT = 100;
const WINDOW_MS = 60_000;
/** The window has slid once, and its second hundred has come. */
const DURATION_MS = 75_000;
/** Of the one caller, all at the same moment, and of the hundred, one each. */
const CONNECTIONS = 100;
/** Between two requests of a connection, milliseconds: 300 a minute of each of the hundred. */
const ROUND_MS = 200;
/**
 * A request a window's length after the first may still find it counted, and a busy machine is up
 * to a second late.
 */
const ROUNDS_AT_THE_EDGE = 5;
/** Rounds after the first hundred have begun to leave the window. */
const LATER_ROUNDS = (DURATION_MS - WINDOW_MS) / ROUND_MS - ROUNDS_AT_THE_EDGE;

interface Caller {
  readonly keyId: string;
  readonly request: Uint8Array;
  readonly allowed: AllowedRequest[];
  asked: number;
}

/** Whether two global controllers with one Redis ever allow a caller more than its limit. */
export async function measureLimiter(progress: Progress): Promise<Figure[]> {
  progress("limiter: starting two global controllers");
  await using running = await startTemporaryStack({
    env: { DT_RATE_LIMIT_PER_MINUTE: String(LIMIT) },
  });
  const { stack } = running;
  const second = await startService({
    name: "global-controller-2",
    args: ["run", "-A", "--no-check", "--quiet", join(ROOT, "services/global-controller/main.ts")],
    cwd: ROOT,
    env: { ...stack.environment("global-controller"), DT_PORT: "0" },
    onLine: () => {},
  });
  try {
    const ports = [stack.directUrl, String(second.listening.url)].map((url) =>
      Number(new URL(url).port)
    );
    const one = await createCallers(stack, 1);
    const hundred = await createCallers(stack, CONNECTIONS);
    using counted = await CountedRequests.watch(stack.redisUrl!);
    progress(`limiter: one caller and a hundred for ${DURATION_MS / 1_000} s`);
    const connections = Array.from({ length: CONNECTIONS }, (_, index) => index);
    await Promise.all([
      ...connections.map((index) => ask(one[0]!, ports[index % 2]!, index)),
      ...hundred.map((caller, index) => ask(caller, ports[index % 2]!, index)),
    ]);
    await counted.complete();
    return [
      ...figuresOf("one caller on 100 connections", one, counted),
      ...figuresOf("100 callers on one each", hundred, counted),
    ];
  } finally {
    await second.stop();
  }
}

function figuresOf(who: string, callers: readonly Caller[], counted: CountedRequests): Figure[] {
  const asked = callers.reduce((sum, caller) => sum + caller.asked, 0);
  const conditions = `${who}, two instances, real Redis, ${DURATION_MS / 1_000} s, ${asked} ` +
    `requests, limit ${LIMIT} a minute`;
  const most = (of: (caller: Caller) => number) => Math.max(...callers.map(of));
  // A full window, and as many of the next one as the caller asks for.
  const due = LIMIT + Math.min(LIMIT, (LATER_ROUNDS * CONNECTIONS) / callers.length);
  const fewest = Math.min(...callers.map(({ allowed }) => allowed.length));
  const countedMs = (keyId: string) => counted.of(`key:${keyId}`).map((time) => time / 1_000);
  return [
    figure(
      `${who}: most allowed in 60 s, by Redis' clock`,
      most(({ keyId }) => busiestWindowOfTimes(countedMs(keyId), WINDOW_MS)),
      "requests",
      conditions,
      { atMost: LIMIT },
    ),
    figure(
      `${who}: most sent and answered within 60 s`,
      most(({ allowed }) => busiestWindow(allowed, WINDOW_MS)),
      "requests",
      conditions,
      { atMost: LIMIT },
    ),
    figure(`${who}: allowed in all, fewest`, fewest, "requests", conditions, {
      atLeast: due,
      atMost: 2 * LIMIT,
    }),
  ];
}

/** Asks in rounds: all connections at the same moment, on one of two instances each. */
async function ask(caller: Caller, port: number, offset: number): Promise<void> {
  using connection = await HttpConnection.open("127.0.0.1", port);
  const startedAtMs = performance.now();
  for (let round = 0; round * ROUND_MS < DURATION_MS; round++) {
    const waitMs = startedAtMs + round * ROUND_MS - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const sentAtMs = performance.now();
    const { status } = await connection.exchange(caller.request);
    caller.asked++;
    if (status === 200) caller.allowed.push({ sentAtMs, answeredAtMs: performance.now() });
    else if (status !== 429) throw new Error(`connection ${offset}: status ${status}`);
  }
}

/** API keys of the stack's organisation: each is a caller of its own to the limiter. */
async function createCallers(stack: Stack, count: number): Promise<Caller[]> {
  const sql = postgres(stack.databaseUrl, { max: 1, onnotice: () => {} });
  try {
    const callers: Caller[] = [];
    for (let index = 0; index < count; index++) {
      const token = createApiKeyText();
      const [row] = await sql<{ key_id: string }[]>`
        INSERT INTO api_keys (organisation_id, name, prefix, key_hash, scopes)
        SELECT organisation_id, 'Bench', ${apiKeyPrefix(token)}, ${await hashSecretToken(token)},
          '{meetings:read}'
        FROM organisations LIMIT 1 RETURNING key_id`;
      const request = writeRequest({ method: "GET", path: "/api/v1/meetings", token });
      callers.push({ keyId: row!.key_id, request, allowed: [], asked: 0 });
    }
    return callers;
  } finally {
    await sql.end();
  }
}
