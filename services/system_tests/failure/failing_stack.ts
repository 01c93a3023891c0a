import { fileURLToPath } from "node:url";
import { makeTemporaryDirectory } from "../../../db/temporary_directory.ts";
import type { ServiceProcess } from "../../stack/service_process.ts";
import {
  type ServiceName,
  Stack,
  type StackOptions,
  type StackProcess,
} from "../../stack/stack.ts";
import { RestartableStores, type StorePaths } from "./restartable_stores.ts";
import { type ServiceEvent, ServiceLines } from "./service_lines.ts";

const SHIFTED_WALL_CLOCK = fileURLToPath(new URL("./shifted_wall_clock.ts", import.meta.url));

/** A process of the stack; one of several is meant by its number, 0 by default. */
export type Target = { readonly name: ServiceName } & Partial<StackProcess>;

/** How a {@link FailingStack} is set up. */
export interface FailingStackOptions extends
  Pick<
    StackOptions,
    "regions" | "meetingControllers" | "mediaHandlers" | "network" | "env" | "settles"
  > {
  /** By how much the wall clock of a process is wrong, milliseconds. */
  readonly clockShiftMs?: (process: StackProcess) => number;
}

/**
 * A stack to break: with two meeting controllers in each region unless it is said otherwise, stores
 * that can be restarted, and a way to each store for each process.
 */
export class FailingStack implements AsyncDisposable {
  readonly stack: Stack;
  readonly stores: RestartableStores;
  /** What all services logged. */
  readonly lines: ServiceLines;
  readonly #resources: AsyncDisposableStack;
  /** How many there are in each region. */
  readonly #counts: { readonly meetingControllers: number; readonly mediaHandlers: number };
  readonly #stopped = new Set<ServiceProcess>();

  private constructor(
    stack: Stack,
    stores: RestartableStores,
    lines: ServiceLines,
    counts: { readonly meetingControllers: number; readonly mediaHandlers: number },
    resources: AsyncDisposableStack,
  ) {
    this.#counts = counts;
    this.stack = stack;
    this.stores = stores;
    this.lines = lines;
    this.#resources = resources;
  }

  /** Starts everything; nothing is left when it fails. */
  static async start(options: FailingStackOptions = {}): Promise<FailingStack> {
    const { clockShiftMs = () => 0, env, meetingControllers = 2, mediaHandlers = 1 } = options;
    await using resources = new AsyncDisposableStack();
    const dataDirectory = await makeTemporaryDirectory();
    resources.defer(() => Deno.remove(dataDirectory, { recursive: true }));
    const stores = resources.use(await RestartableStores.start(dataDirectory));
    const lines = new ServiceLines();
    const stack = resources.use(
      await Stack.start({
        regions: options.regions,
        network: options.network,
        meetingControllers,
        mediaHandlers,
        dataDirectory,
        databaseUrl: stores.databaseUrl,
        redis: { url: stores.redisUrl },
        env,
        settles: options.settles,
        envOf: (process) => ({
          ...(process.name === "media-handler" ? {} : stores.environmentOf(nameOf(process))),
          DT_CLOCK_SHIFT_MS: String(clockShiftMs(process)),
        }),
        preloadOf: (process) => clockShiftMs(process) === 0 ? [] : [SHIFTED_WALL_CLOCK],
        onLine: (name, line) => lines.add(name, line),
      }),
    );
    return new FailingStack(
      stack,
      stores,
      lines,
      { meetingControllers, mediaHandlers },
      resources.move(),
    );
  }

  get url(): string {
    return this.stack.url;
  }

  /** The ways of a process to the stores. */
  pathsOf(target: Target): StorePaths {
    return this.stores.pathsOf(nameOf(this.#process(target)));
  }

  /** The process stands still: its connections stay open and silent. */
  stop(target: Target): void {
    const service = this.#service(target);
    service.kill("SIGSTOP");
    this.#stopped.add(service);
  }

  /** The process goes on where it stood. */
  continue(target: Target): void {
    const service = this.#service(target);
    service.kill("SIGCONT");
    this.#stopped.delete(service);
  }

  /** The process ends at once, or as `signal` asks it to, when this resolves. */
  async kill(target: Target, signal: Deno.Signal = "SIGKILL"): Promise<void> {
    const { name, region, instance } = this.#process(target);
    await this.stack.killService(name, signal, region, instance);
  }

  /** The process starts again, where it was before. */
  async start(target: Target): Promise<void> {
    const { name, region, instance } = this.#process(target);
    await this.stack.startService(name, region, instance);
  }

  /** What time it is to the process, as its last event says, milliseconds since the Unix epoch. */
  timeSaidBy(target: Target): number {
    const name = this.stack.logName(this.#process(target));
    const last = this.lines.events.findLast(({ process }) => process.startsWith(`${name}#`));
    if (last === undefined) throw new Error(`${name} said nothing`);
    return last.saidAtMs;
  }

  /** The meeting controller that said last that it owns the meeting. */
  ownerOf(meetingId: string): StackProcess {
    const last = this.lines.named("meeting owned", meetingId).at(-1);
    return this.#sayerOf(last, "meeting-controller", this.#counts.meetingControllers);
  }

  /** The media handler that let the participant in last. */
  mediaHandlerOf(participantId: string): StackProcess {
    const last = this.lines.named("media session authenticated").findLast((event) =>
      event.participantId === participantId
    );
    return this.#sayerOf(last, "media-handler", this.#counts.mediaHandlers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const service of this.#stopped) service.kill("SIGCONT");
    await this.#resources[Symbol.asyncDispose]();
  }

  /** Which of the processes called `name`, so many in each region, said this. */
  #sayerOf(event: ServiceEvent | undefined, name: ServiceName, perRegion: number): StackProcess {
    const processes = this.stack.regions.flatMap((region) =>
      Array.from({ length: perRegion }, (_, instance) => ({ name, region, instance }))
    );
    const sayer = processes.find((process) =>
      event?.process.startsWith(`${this.stack.logName(process)}#`)
    );
    if (sayer === undefined) throw new Error(`no ${name} said what was looked for`);
    return sayer;
  }

  #process({ name, region = this.stack.regions[0]!, instance = 0 }: Target): StackProcess {
    return { name, region, instance };
  }

  #service(target: Target): ServiceProcess {
    const { name, region, instance } = this.#process(target);
    return this.stack.service(name, region, instance);
  }
}

/** What its ways to the stores go by. */
function nameOf({ name, region, instance }: StackProcess): string {
  return name === "global-controller" ? name : `${name}.${region}.${instance}`;
}
