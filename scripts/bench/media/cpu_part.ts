import { startTemporaryStack } from "../../../services/system_tests/temporary_stack.ts";
import { type Figure, figure, quantile } from "../figure.ts";
import type { Progress } from "../suite.ts";
import { measureForwarding } from "../forwarding.ts";
import { CPU_PER_FRAME_AIM } from "./aims.ts";
import { attempt } from "./attempt.ts";
import { busyShare, readProcessorTimes } from "./machine_load.ts";

const LOAD = { subscribers: 100, frameBytes: 4_000, framesPerSecond: 30, durationMs: 10_000 };

/** What a delivered frame costs the media handler. */
export async function measureForwardingCost(progress: Progress): Promise<Figure[]> {
  return await attempt("forwarding 1 to 100, 4 kB, 30 fps", progress, async () => {
    await using running = await startTemporaryStack();
    const loadBefore = readProcessorTimes();
    const result = await measureForwarding(running.stack, LOAD);
    const busy = Math.round(100 * busyShare(loadBefore, readProcessorTimes()));
    const conditions =
      `1 to 100, 4 kB at 30 fps, loopback, load on the same machine, processors ${busy} % busy`;
    const { cpuUsPerFrame, delivered, latenciesMs } = result;
    return [
      figure(
        "forwarding: CPU a delivered frame",
        cpuUsPerFrame,
        "µs",
        conditions,
        CPU_PER_FRAME_AIM,
      ),
      figure("forwarding: frames delivered", delivered * 100, "%", conditions, { atLeast: 99 }),
      figure("forwarding: latency p50", quantile(latenciesMs, 0.5), "ms", conditions),
      figure("forwarding: latency p99", quantile(latenciesMs, 0.99), "ms", conditions),
    ];
  });
}
