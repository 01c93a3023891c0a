import type { DeedKind } from "./deeds.ts";

/** A meeting controller as clients reach it. */
export interface ControllerAddress {
  readonly url: string;
  /** SHA-256 of its certificates, base64. */
  readonly certificateHashes: readonly string[];
}

/** What somebody needs to join. */
export interface Ticket {
  readonly meetingId: string;
  readonly participantId: string;
  readonly joinToken: string;
}

/** So many at a time, each when one before is through; or at times that were decided before. */
export type Pace = { readonly concurrency: number } | { readonly ratePerS: number };

/** What a load generator is told to do, one thing after the other; those who joined go on pinging. */
export type Order =
  | {
    readonly order: "join";
    readonly controller: ControllerAddress;
    readonly tickets: readonly Ticket[];
    readonly pace: Pace;
    readonly seed: number;
  }
  | {
    readonly order: "act";
    readonly ratePerS: number;
    readonly durationMs: number;
    /** Only this; else the mix of `DEED_SHARES`. */
    readonly kind?: DeedKind;
    readonly seed: number;
  }
  /** So many, those who came first, lose their connections and resume, in turn. */
  | {
    readonly order: "resume";
    readonly people: number;
    readonly controller: ControllerAddress;
    readonly pace: Pace;
    readonly seed: number;
  }
  /** Waits until everyone has noticed that the controller is dead, and has resumed at this one. */
  | {
    readonly order: "recover";
    readonly controller: ControllerAddress;
    readonly deadlineMs: number;
  };

/** What became of joins and resumes. */
export interface EntryResult {
  /** Each from when it was due, or began, milliseconds. */
  readonly latenciesMs: readonly number[];
  readonly elapsedMs: number;
  readonly failures: Readonly<Record<string, number>>;
}

/** What became of deeds: all latencies from when the deed was due, milliseconds. */
export interface ActResult {
  /** Until whoever did it had the answer, by kind. */
  readonly answersMs: Readonly<Record<string, readonly number[]>>;
  /** Until each of the others had heard of it, by kind. */
  readonly newsMs: Readonly<Record<string, readonly number[]>>;
  /** Until the last of the others had heard of it. */
  readonly lastNewsMs: readonly number[];
  readonly elapsedMs: number;
  readonly failures: Readonly<Record<string, number>>;
}

/** When each was back, and had noticed the loss; milliseconds since the Unix epoch. */
export interface RecoveryResult {
  readonly noticedAtMs: readonly number[];
  readonly backAtMs: readonly number[];
  readonly failures: Readonly<Record<string, number>>;
}

/** The result of each order. */
export interface Results {
  readonly join: EntryResult;
  readonly act: ActResult;
  readonly resume: EntryResult;
  readonly recover: RecoveryResult;
}

/** How many of something failed. */
export function failuresOf(
  result: { readonly failures: Readonly<Record<string, number>> },
): number {
  return Object.values(result.failures).reduce((sum, count) => sum + count, 0);
}

/** What failed, in words; empty when nothing did. */
export function describeFailures(
  { failures }: { readonly failures: Readonly<Record<string, number>> },
): string {
  return Object.entries(failures).map(([reason, count]) => `${count} × ${reason}`).join(", ");
}
