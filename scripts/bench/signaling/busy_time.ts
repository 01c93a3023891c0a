import { busyShare, type ProcessorTimes, readProcessorTimes } from "../media/machine_load.ts";
import { udpSocketDrops } from "../../../services/stack/network/udp_socket_drops.ts";
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
  /** Packets that the controller's socket had no room for (net.core.rmem_default is too small). */
  readonly droppedPackets: number;
}

/** Whom to watch: two processes, and the UDP port of the first. */
export interface Watched {
  readonly controller: number;
  readonly port: number;
  readonly generator: number;
}

/** Measures from now on how busy these two processes are; the function returned ends it. */
export async function watchBusyTime(
  watched: Watched,
): Promise<() => Promise<BusyTime>> {
  const before = await read(watched);
  return async () => {
    const after = await read(watched);
    const elapsedMs = after.atMs - before.atMs;
    const controllerMs = after.controllerMs - before.controllerMs;
    return {
      controllerMs,
      controller: controllerMs / elapsedMs,
      generator: (after.generatorMs - before.generatorMs) / elapsedMs,
      machine: busyShare(before.machine, after.machine),
      droppedPackets: after.drops - before.drops,
    };
  };
}

/** In words, for a figure's conditions. */
export function describeBusyTime(busy: BusyTime): string {
  const { controller, generator, machine, droppedPackets } = busy;
  return `generator ${percent(generator)} of a core, machine ${percent(machine)} of all, ` +
    `controller ${
      percent(controller)
    } of a core and ${droppedPackets} packets dropped by its full ` +
    "socket buffer";
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

async function read(watched: Watched): Promise<{
  atMs: number;
  controllerMs: number;
  generatorMs: number;
  machine: ProcessorTimes;
  drops: number;
}> {
  const [controller, generator] = await Promise.all([
    readProcessUsage(watched.controller),
    readProcessUsage(watched.generator),
  ]);
  return {
    atMs: performance.now(),
    controllerMs: controller.cpuMs,
    generatorMs: generator.cpuMs,
    machine: readProcessorTimes(),
    drops: udpSocketDrops(new Set([watched.port])),
  };
}
