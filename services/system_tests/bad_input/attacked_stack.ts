import assert from "node:assert/strict";
import { readSettledMemory } from "../../stack/memory/settled_memory.ts";
import { SERVICE_NAMES, type ServiceName, type Stack } from "../../stack/stack.ts";
import { holdNewMeeting } from "../new_meeting.ts";
import { startTemporaryStack } from "../temporary_stack.ts";
import { WatchedMeeting } from "../watched_meeting.ts";
import { Attacker } from "./attacker.ts";

/** Longest time without a picture between honest clients during an attack, milliseconds. */
const PAUSE_LIMIT_MS = 1_000;
/** How long one attack and the answers to it may take, milliseconds. */
const ATTACK_LIMIT_MS = 20_000;
/** How long a new meeting may take after an attack, milliseconds. */
const NEW_MEETING_LIMIT_MS = 5_000;

/** The services that clients reach over WebTransport. */
export const WEBTRANSPORT_SERVERS = ["meeting-controller", "media-handler"] as const;

type TemporaryStack = Awaited<ReturnType<typeof startTemporaryStack>>;

/** A record of a service's log, as far as tests look at it. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly participant_id?: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What an attacker does, and what it checks of the answers. */
export type Attack = (attacker: Attacker, stack: AttackedStack) => Promise<void>;

/** Real processes with a meeting of honest clients in it that attackers must not disturb. */
export class AttackedStack implements AsyncDisposable {
  readonly stack: Stack;
  readonly meeting: WatchedMeeting;
  readonly #running: TemporaryStack;
  readonly #pids: readonly number[];

  private constructor(running: TemporaryStack, meeting: WatchedMeeting) {
    this.#running = running;
    this.stack = running.stack;
    this.meeting = meeting;
    this.#pids = this.#currentPids();
  }

  /**
   * The honest clients join before anybody attacks.
   *
   * @param hold holds their meeting; one of guests by default.
   */
  static async start(
    hold: (stack: Stack) => Promise<WatchedMeeting> = ({ url }) => WatchedMeeting.start(url),
  ): Promise<AttackedStack> {
    // Attackers and honest clients share one address, and the limit of requests is no subject here.
    const env = { DT_RATE_LIMIT_PER_MINUTE: "100000" };
    const running = await startTemporaryStack({ env, settles: true });
    try {
      return new AttackedStack(running, await hold(running.stack));
    } catch (error) {
      await running[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The port of a service, and the hash of its certificate. */
  addressOf(
    name: typeof WEBTRANSPORT_SERVERS[number],
  ): { port: number; hash: Uint8Array<ArrayBuffer> } {
    const { endpoint, certificate_hashes: hashes } = this.stack.service(name).listening;
    const [hash] = hashes as string[];
    return {
      port: Number(new URL(String(endpoint)).port),
      hash: Uint8Array.from(atob(hash!), (character) => character.charCodeAt(0)),
    };
  }

  /** Log records of a service so far, oldest first. */
  logged(name: ServiceName): LogLine[] {
    return this.#running.lines.flatMap((line) => {
      const [, service, text = ""] = /^(\S+) (.*)$/s.exec(line) ?? [];
      return service === name && text.startsWith("{") ? [JSON.parse(text)] : [];
    });
  }

  /** All that the services printed so far. */
  get printed(): string {
    return this.#running.lines.join("\n");
  }

  /** What a service holds without garbage, bytes: its heap, and what QUIC buffers for it. */
  async memoryOf(name: ServiceName): Promise<number> {
    return (await readSettledMemory(this.stack.service(name))).usedBytes;
  }

  /**
   * Lets someone attack. The honest clients must not notice, all processes must live on and report
   * no fault of theirs, and a new meeting must work afterwards.
   *
   * @param withinMs how long the attack and the answers to it may take.
   */
  async endures(attack: Attack, withinMs = ATTACK_LIMIT_MS): Promise<void> {
    const mark = this.meeting.mark();
    await this.#letAttack(attack, withinMs);
    await holdNewMeeting(this.stack.url, NEW_MEETING_LIMIT_MS);
    await this.meeting.flows();
    // Looks back over the attack: pictures must have arrived all the time.
    this.meeting.assertUndisturbed(mark, PAUSE_LIMIT_MS);
    assert.deepEqual(this.#currentPids(), this.#pids);
    assert.deepEqual(this.#running.lines.filter(tellsOfFault), []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.meeting[Symbol.asyncDispose]();
    await this.#running[Symbol.asyncDispose]();
  }

  async #letAttack(attack: Attack, withinMs: number): Promise<void> {
    using attacker = new Attacker(this.stack.url, this.meeting.code);
    await inTime(attack(attacker, this), withinMs);
  }

  #currentPids(): number[] {
    return SERVICE_NAMES.map((name) => this.stack.service(name).pid);
  }
}

/** A line that is no log record tells of a crash; a record of level "error", of a broken promise. */
function tellsOfFault(line: string): boolean {
  const [, text = ""] = /^\S+ (.*)$/s.exec(line) ?? [];
  if (/uncaught|unhandled/i.test(text)) return true;
  try {
    return JSON.parse(text).level === "error";
  } catch {
    return true;
  }
}

async function inTime(attack: Promise<void>, withinMs: number): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`the attack was not answered within ${withinMs} ms`)),
    withinMs,
  );
  try {
    await Promise.race([attack, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
