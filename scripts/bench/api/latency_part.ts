import { type Figure, figure, quantile } from "../figure.ts";
import type { Progress } from "../suite.ts";
import { ApiStack, STACK_MEETINGS } from "./api_stack.ts";
import { endMeetings } from "./history.ts";
import { failed, type RequestKind } from "./load.ts";
import { LoadGenerator } from "./load_generator.ts";

const RATE_PER_S = 200;
const DURATION_MS = 15_000;
/** Before it is measured: code is compiled, connections and statements are made. */
const WARM_UP_MS = 3_000;
/** Our aim for 95 of 100 requests, milliseconds; the goal is 100. */
export const LATENCY_AIM_MS = 20;
const SEED = 1;

/** How long each kind of request takes at 200 a second, and all of them mixed. */
export async function measureLatency(progress: Progress): Promise<Figure[]> {
  progress("latency: starting the services and filling their database");
  await using api = await ApiStack.start();
  await using generator = new LoadGenerator();
  const figures: Figure[] = [];
  const send = (kinds: readonly RequestKind[], durationMs: number) =>
    generator.send({
      port: api.port,
      tokens: [api.token],
      kinds,
      durationMs,
      pace: { ratePerS: RATE_PER_S },
      seed: SEED,
    });
  await send(api.kinds, WARM_UP_MS);
  for (
    const [name, kinds] of [...api.kinds.map((kind) => [kind.name, [kind]]), [
      "mix",
      api.kinds,
    ]] as const
  ) {
    progress(`latency: ${name}, ${RATE_PER_S} a second for ${DURATION_MS / 1_000} s`);
    await endMeetings(api.sql, api.organisationId);
    const result = await send(kinds as readonly RequestKind[], DURATION_MS);
    const latenciesMs = Object.values(result.latenciesMs).flat();
    const conditions = `${name}, ${RATE_PER_S}/s, Poisson arrivals, from the time due; ` +
      `${STACK_MEETINGS} meetings, one organisation, fsync, Redis, load on the same 2 cores`;
    figures.push(
      figure(`${name} p50`, quantile(latenciesMs, 0.5), "ms", conditions),
      figure(`${name} p95 (goal 100)`, quantile(latenciesMs, 0.95), "ms", conditions, {
        atMost: LATENCY_AIM_MS,
      }),
      figure(`${name} p99`, quantile(latenciesMs, 0.99), "ms", conditions),
      figure(`${name} failed`, failed(result), "requests", conditions, { atMost: 0 }),
    );
  }
  return figures;
}
