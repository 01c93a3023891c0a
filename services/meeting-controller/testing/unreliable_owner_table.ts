import { type Clock, pause } from "../clock.ts";
import { OwnershipUnavailableError } from "../ownership/meeting_ownership.ts";
import type { OwnerTable } from "../ownership/owner_table.ts";
import type { ControllerPlace } from "../placement/controller_place.ts";

/** How likely a request or an answer is on its way for long. */
const DELAY_RATE = 0.2;
/** How likely an answer is lost; what was asked may then be done, also later. */
const LOSS_RATE = 0.1;

/**
 * One controller's way to a table: requests and answers may be late, answers may be lost, and it may
 * be cut altogether.
 */
export class UnreliableOwnerTable implements OwnerTable {
  /** Nothing gets through either way while it is true. */
  isCut = false;
  readonly #table: OwnerTable;
  readonly #delayed: Promise<void>[] = [];
  readonly #faults:
    | { readonly clock: Clock; readonly random: () => number; readonly longestMs: number }
    | undefined;
  readonly #forever = new AbortController();

  /** @param faults without them it is quick and loses nothing. */
  constructor(
    table: OwnerTable,
    faults?: { clock: Clock; random: () => number; longestMs: number },
  ) {
    this.#table = table;
    this.#faults = faults;
  }

  renew(place: ControllerPlace, lifetimeMs: number) {
    return this.#pass(() => this.#table.renew(place, lifetimeMs));
  }

  acquire(meetingId: string, controllerId: string, knownEpoch: bigint | undefined) {
    return this.#pass(() => this.#table.acquire(meetingId, controllerId, knownEpoch));
  }

  release(meetingId: string, controllerId: string, epoch: bigint) {
    return this.#pass(() => this.#table.release(meetingId, controllerId, epoch));
  }

  depart(controllerId: string) {
    return this.#pass(() => this.#table.depart(controllerId));
  }

  sweep() {
    return this.#pass(() => this.#table.sweep());
  }

  /** The table itself stays, for the other controllers; what is on its way arrives at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#forever.abort();
    await Promise.all(this.#delayed);
  }

  async #pass<Answer>(operation: () => Promise<Answer>): Promise<Answer> {
    if (this.isCut) throw new OwnershipUnavailableError("cut off");
    if (this.#faults === undefined) return this.#answer(await operation());
    const { random } = this.#faults;
    if (random() < LOSS_RATE) {
      const done = this.#delay().then(operation).then(() => undefined, () => undefined);
      this.#delayed.push(done);
      await this.#delay();
      throw new OwnershipUnavailableError("the answer is lost");
    }
    await this.#delay();
    const answer = await operation();
    await this.#delay();
    return this.#answer(answer);
  }

  #answer<Answer>(answer: Answer): Answer {
    if (this.isCut) throw new OwnershipUnavailableError("cut off");
    return answer;
  }

  async #delay(): Promise<void> {
    const { clock, random, longestMs } = this.#faults!;
    if (random() >= DELAY_RATE) return;
    await pause(clock, random() * longestMs, this.#forever.signal);
  }
}

/** A way to the table that is cut whenever the process is; otherwise it is quick and loses nothing. */
export function cutWith(table: OwnerTable, reach: { readonly isCut: boolean }): OwnerTable {
  return Object.defineProperty(new UnreliableOwnerTable(table), "isCut", {
    get: () => reach.isCut,
  });
}
