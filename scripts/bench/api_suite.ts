import { type ApiOptions, type ApiPart, parseApiOptions } from "./api/api_options.ts";
import { measureCapacity } from "./api/capacity_part.ts";
import { measureLatency } from "./api/latency_part.ts";
import { measureLimiter } from "./api/limiter_part.ts";
import { measurePlans } from "./api/plans_part.ts";
import { failedFigure, type Figure } from "./figure.ts";
import type { Progress } from "./suite.ts";

const PARTS: Readonly<
  Record<ApiPart, (progress: Progress, options: ApiOptions) => Promise<Figure[]>>
> = {
  latency: measureLatency,
  capacity: measureCapacity,
  limiter: measureLimiter,
  plans: measurePlans,
};

/**
 * `deno task bench api [--only=PART,…] [--meetings=N]`: how fast the REST API answers on real
 * stores, how much one core carries, whether the rate limit is exact, and how lists are read among a
 * million meetings. Each part takes less than two minutes.
 *
 * @throws {SuiteArgumentsError} when the arguments make no sense.
 */
export async function measureApi(progress: Progress, args: readonly string[]): Promise<Figure[]> {
  const options = parseApiOptions(args);
  const figures: Figure[] = [];
  for (const part of options.parts) {
    try {
      figures.push(...await PARTS[part](progress, options));
    } catch (error) {
      figures.push(failedFigure(part, error));
    }
  }
  return figures;
}
