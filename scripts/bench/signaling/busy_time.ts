import { busyShare, type ProcessorTimes, readProcessorTimes } from "../media/machine_load.ts";
import { readProcessUsage } from "../process_usage.ts";

/** How busy processes were over a while. */
export interface BusyTime {
  /** Processor time of the meeting controller, milliseconds. */
  readonly controllerMs: number;
  /** Parts of one core, 0 to 1 for a process with one thread at work. */
  readonly controller: number;
  readonly generator: number;
  /** Of all cores, by whatever ran on the machine, 0 to 1. */
  readonly machine: number;
}

/** Measures from now on how busy these two processes are; the function returned ends it. */
export async function watchBusyTime(
  pids: { readonly controller: number; readonly generator: number },
): Promise<() => Promise<BusyTime>> {
  const before = await read(pids);
  return async () => {
    const after = await read(pids);
    const elapsedMs = after.atMs - before.atMs;
    const controllerMs = after.controllerMs - before.controllerMs;
    return {
      controllerMs,
      controller: controllerMs / elapsedMs,
      generator: (after.generatorMs - before.generatorMs) / elapsedMs,
      machine: busyShare(before.machine, after.machine),
    };
  };
}

/** In words, for a figure's conditions. */
export function describeBusyTime({ controller, generator, machine }: BusyTime): string {
  return `generator ${percent(generator)} of a core, machine ${percent(machine)} of all, ` +
    `controller ${percent(controller)} of a core`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

async function read(pids: { controller: number; generator: number }): Promise<{
  atMs: number;
  controllerMs: number;
  generatorMs: number;
  machine: ProcessorTimes;
}> {
  const [controller, generator] = await Promise.all([
    readProcessUsage(pids.controller),
    readProcessUsage(pids.generator),
  ]);
  return {
    atMs: performance.now(),
    controllerMs: controller.cpuMs,
    generatorMs: generator.cpuMs,
    machine: readProcessorTimes(),
  };
}
