import { Refusal } from "../meeting/refusal.ts";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { KnownMeeting, ModerationAction } from "../facts/meeting_facts.ts";
import type { MeetingSettings } from "../meeting/meeting_settings.ts";
import type { Tenure } from "../meeting/tenure.ts";
import type { RestoredMeeting } from "../state/restored_meeting.ts";

/** Settings of a meeting in tests, but for what is overridden. */
export function testSettings(settings: Partial<MeetingSettings> = {}): MeetingSettings {
  return {
    displayName: "Stand-up",
    maxParticipants: 100,
    e2eEncryption: true,
    locked: false,
    lobbyEnabled: false,
    ...settings,
  };
}

/** A tenure that nobody contests: what is noted is kept here, and recorded without a database. */
export class TestTenure implements Tenure {
  readonly epoch: bigint;
  readonly known: KnownMeeting;
  readonly restored: RestoredMeeting | undefined;
  /** What a store would have. */
  readonly fields = new Map<string, Uint8Array>();
  /** All that moderators did. */
  readonly recorded: ModerationAction[] = [];
  readonly notes = {
    set: (field: string, bytes: Uint8Array) => void this.fields.set(field, bytes),
    remove: (field: string) => void this.fields.delete(field),
  };
  isSuperseded = false;
  /** Acknowledgements wait for it. */
  gate: Promise<void> = Promise.resolve();
  /** Whether it may be acknowledged. */
  isSure = true;
  readonly #storeNow: () => number;

  constructor(options: {
    known?: Partial<KnownMeeting>;
    restored?: RestoredMeeting;
    epoch?: bigint;
    storeNow?: () => number;
  } = {}) {
    this.epoch = options.epoch ?? 1n;
    this.known = { settings: testSettings(), roles: [], bans: [], ...options.known };
    this.restored = options.restored;
    this.#storeNow = options.storeNow ?? (() => Date.now());
  }

  async stored(): Promise<void> {
    await this.gate;
    this.#check();
  }

  mayAcknowledge(): boolean {
    return this.isSure && !this.isSuperseded;
  }

  record(actions: readonly ModerationAction[]): Promise<void> {
    this.#check();
    this.recorded.push(...actions);
    return Promise.resolve();
  }

  loadFacts(): Promise<KnownMeeting | undefined> {
    return Promise.resolve(this.known);
  }

  superseded(): void {
    this.isSuperseded = true;
  }

  storeNow(): number {
    return this.#storeNow();
  }

  alternatives() {
    return [];
  }

  #check(): void {
    if (!this.mayAcknowledge()) throw new Refusal(ErrorCode.UNAVAILABLE, "not sure");
  }
}
