import type { MeetingState } from "../../../core/meeting/meeting_state.ts";
import type { UplinkReport } from "../../../core/send/local_stream.ts";
import type { DownlinkStatus, StreamImpairment } from "../meeting_worker/downlink_status.ts";
import {
  type ConnectionLevel,
  connectionLevelOf,
  type ConnectionReports,
  type ConnectionTrouble,
  troublesOf,
} from "./connection_level.ts";
import { LastingConnection } from "./lasting_connection.ts";
import { LastingFlag } from "./lasting_flag.ts";
import { LastingImpairments } from "./lasting_impairments.ts";
import type { EngineEvents } from "./media_engine.ts";

/** A lasting change that is worth a line for a moment. */
export type ConnectionNews =
  | { readonly what: "connection"; readonly level: ConnectionLevel }
  | { readonly what: "overloaded" };

/** What the engine tells of the connection. */
type ConnectionEvents = Required<
  Pick<EngineEvents, "onUplinkReport" | "onDownlinkStatus" | "onLocalVideoQuality">
>;

/** How often it is looked whether something lasts. */
const LOOK_INTERVAL_MS = 1_000;
/** A report without a successor for this long says nothing any more: they come each second. */
const REPORT_VALID_MS = 5_000;
/** How long this machine must be overloaded, and recovered; its encoders have waited already. */
const OVERLOADED = { onAfterMs: 1_000, offAfterMs: 3_000 };

interface Dated<Report> {
  readonly report: Report;
  readonly atMs: number;
}

/**
 * How the own connection and this machine cope with the meeting, for as long as it is lasting enough to be
 * shown. One owner; call {@link reset} when the meeting is over.
 */
export class ConnectionHealth {
  #level = $state.raw<ConnectionLevel>();
  #troubles = $state.raw<readonly ConnectionTrouble[]>([]);
  #reports = $state.raw<ConnectionReports>({});
  #overloaded = $state(false);
  #impairments = $state.raw<ReadonlyMap<string, StreamImpairment>>(new Map());

  readonly #tell: (news: ConnectionNews) => void;
  #state: MeetingState | undefined;
  #uplink: Dated<UplinkReport> | undefined;
  #downlink: Dated<DownlinkStatus> | undefined;
  /** Own streams that this machine is too slow to send as they should be. */
  readonly #slowStreams = new Set<string>();
  #lastingConnection = new LastingConnection();
  #lastingOverload = new LastingFlag(OVERLOADED);
  #lastingImpairments = new LastingImpairments();
  #looks: ReturnType<typeof setInterval> | undefined;

  constructor(tell: (news: ConnectionNews) => void) {
    this.#tell = tell;
  }

  /** Undefined while nobody is in the meeting. */
  get level(): ConnectionLevel | undefined {
    return this.#level;
  }

  /** What is wrong at this moment. */
  get troubles(): readonly ConnectionTrouble[] {
    return this.#troubles;
  }

  /** The newest figures; a way that is not used has none. */
  get reports(): ConnectionReports {
    return this.#reports;
  }

  /** This machine is too slow: less of its video is sent. */
  get overloaded(): boolean {
    return this.#overloaded;
  }

  /** What keeps a remote picture from being as it should. */
  impairmentOf(streamId: string | undefined): StreamImpairment | undefined {
    return streamId === undefined ? undefined : this.#impairments.get(streamId);
  }

  /** What to tell an engine to call; nothing is taken of one that is no longer `current`. */
  events(current: () => boolean): ConnectionEvents {
    return {
      onUplinkReport: (report) => {
        if (current()) this.#uplink = { report, atMs: performance.now() };
      },
      onDownlinkStatus: (report) => {
        if (current()) this.#downlink = { report, atMs: performance.now() };
      },
      onLocalVideoQuality: (streamId, { cpuLimited }) => {
        if (!current()) return;
        if (cpuLimited) this.#slowStreams.add(streamId);
        else this.#slowStreams.delete(streamId);
      },
    };
  }

  /** Takes the newest snapshot of the meeting. */
  follow(state: MeetingState): void {
    this.#state = state;
    if (connectionLevelOf(state, []) === undefined) return this.reset();
    this.#looks ??= setInterval(() => this.#look(), LOOK_INTERVAL_MS);
    this.#look();
  }

  /** The meeting is over: nothing is known. */
  reset(): void {
    clearInterval(this.#looks);
    this.#looks = undefined;
    this.#state = undefined;
    this.#uplink = undefined;
    this.#downlink = undefined;
    this.#slowStreams.clear();
    this.#lastingConnection = new LastingConnection();
    this.#lastingOverload = new LastingFlag(OVERLOADED);
    this.#lastingImpairments = new LastingImpairments();
    this.#level = undefined;
    this.#troubles = [];
    this.#reports = {};
    this.#overloaded = false;
    this.#impairments = new Map();
  }

  #look(): void {
    const state = this.#state;
    if (!state) return;
    const nowMs = performance.now();
    // What another media session told says nothing about the next one.
    if (state.media !== "connected") this.#uplink = this.#downlink = undefined;
    this.#reports = {
      uplink: valid(this.#uplink, nowMs),
      downlink: valid(this.#downlink, nowMs),
    };
    this.#troubles = troublesOf(this.#reports);
    this.#lookAtLevel(state, nowMs);
    this.#lookAtOverload(state, nowMs);
    const impaired = this.#reports.downlink?.impairments ?? [];
    const impairments = this.#lastingImpairments.observe(impaired, nowMs);
    // While all is well no tile needs to look.
    if (impairments.size > 0 || this.#impairments.size > 0) this.#impairments = impairments;
  }

  #lookAtLevel(state: MeetingState, nowMs: number): void {
    const now = connectionLevelOf(state, this.#troubles);
    if (now === undefined) return;
    const before = this.#level;
    const level = this.#lastingConnection.observe(now, nowMs);
    this.#level = level;
    if (before === undefined || level === before) return;
    // The meeting's own notice says that it reconnects.
    const saidAlready = level === "lost" && state.phase === "reconnecting";
    if (!saidAlready) this.#tell({ what: "connection", level });
  }

  #lookAtOverload(state: MeetingState, nowMs: number): void {
    const slow = state.localStreams.some(({ streamId, muted }) =>
      !muted && this.#slowStreams.has(streamId)
    );
    const overloaded = this.#lastingOverload.observe(slow, nowMs);
    if (overloaded && !this.#overloaded) this.#tell({ what: "overloaded" });
    this.#overloaded = overloaded;
  }
}

function valid<Report>(dated: Dated<Report> | undefined, nowMs: number): Report | undefined {
  return dated && nowMs - dated.atMs < REPORT_VALID_MS ? dated.report : undefined;
}
