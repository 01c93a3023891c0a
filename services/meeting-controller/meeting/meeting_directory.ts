import type { MediaTelemetry } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { OwnedTenure } from "../handover/owned_tenure.ts";
import type { Tenures } from "../handover/tenures.ts";
import { preferring } from "../placement/early_placement.ts";
import type { MediaHandler, MediaListener } from "../placement/media_handlers.ts";
import type { Presence } from "../placement/media_presence.ts";
import { type Assignment, Assignments } from "./assignments.ts";
import { type Capacity, checkCapacity, type Load } from "./capacity.ts";
import { Meeting, type MeetingEnvironment } from "./meeting.ts";
import type { MeetingSettings } from "./meeting_settings.ts";
import { Refusal, unavailable } from "./refusal.ts";
import { UnprovenOpenings } from "./unproven_openings.ts";

/** Most meetings owned by this process at a time. */
export const MAX_OWNED_MEETINGS = 10_000;
/** Most that are acquired side by side; whoever wants another one asks again. */
export const MAX_ACQUISITIONS = 1_000;
/** How long a meeting that nobody is in is kept, milliseconds. */
export const EMPTY_MEETING_LIFETIME_MS = 60 * 1000;
/** How often empty ones are looked for, milliseconds. */
export const SWEEP_INTERVAL_MS = 10 * 1000;
/** Most that are released at a time. */
export const MAX_RELEASES_PER_SWEEP = 500;
/** Meetings that are handed over side by side. */
export const HAND_OVERS_AT_ONCE = 32;

interface Owned {
  readonly meeting: Meeting;
  readonly tenure: OwnedTenure;
  /** When somebody was last seen in it, monotonic milliseconds. */
  usedAtMs: number;
}

/** The meetings of this process: those assigned to it, and those that it owns. */
export class MeetingDirectory implements MediaListener, AsyncDisposable {
  readonly #assignments = new Assignments();
  readonly #opening = new Map<string, Promise<Meeting>>();
  readonly #owned = new Map<string, Owned>();
  /** Handed over; people are on their way to the new owner. */
  readonly #leaving = new Set<Meeting>();
  readonly #unproven: UnprovenOpenings;
  readonly #environment: MeetingEnvironment;
  readonly #tenures: Tenures;
  #draining = false;
  #cancelSweep: () => void = () => undefined;

  /** @param environment.capacity how much this process takes on; undefined: no bound but memory. */
  constructor(
    environment: Omit<MeetingEnvironment, "checkCapacity"> & { readonly capacity?: Capacity },
    tenures: Tenures,
  ) {
    const { capacity, ...rest } = environment;
    this.#environment = {
      ...rest,
      checkCapacity: (isFirst) => capacity && checkCapacity(capacity, this.load(), isFirst),
    };
    const { clock } = environment;
    this.#unproven = new UnprovenOpenings({ clock, open: (meetingId) => this.open(meetingId) });
    this.#tenures = tenures;
    this.#planSweep();
  }

  /**
   * Makes ready for a meeting that people are sent here for; a meeting that is here gets the
   * settings. It is acquired when the first of them comes.
   *
   * @returns undefined when no meeting is taken any more; its `mediaHandler` is undefined while none
   * is healthy.
   */
  assign(
    meetingId: string,
    settings: MeetingSettings,
  ): { mediaHandler: MediaHandler | undefined } | undefined {
    const meeting = this.peek(meetingId);
    if (meeting !== undefined) {
      meeting.configure(settings);
      // Whoever assigns it anew may have changed more than its settings.
      meeting.renewFacts();
      return { mediaHandler: meeting.mediaHandler() };
    }
    // Whoever joins a meeting that goes on here has to come here; any other finds a better place.
    if (this.#draining) return undefined;
    const { clock, mediaHandlers } = this.#environment;
    return this.#assignments.put(meetingId, settings, () => mediaHandlers.choose(), clock.now());
  }

  /**
   * The meeting, acquired if it is not owned here yet.
   *
   * @throws {Refusal} MOVED with its controller, NOT_FOUND when it has ended, UNAVAILABLE, or
   * CAPACITY_EXCEEDED.
   */
  async open(meetingId: string): Promise<Meeting> {
    const meeting = this.peek(meetingId);
    if (meeting !== undefined) return meeting;
    const underway = this.#opening.get(meetingId);
    if (underway !== undefined) return await underway;
    this.#checkRoom(meetingId);
    const opening = this.#acquire(meetingId).finally(() => this.#opening.delete(meetingId));
    this.#opening.set(meetingId, opening);
    return await opening;
  }

  /**
   * As {@link open}, for a peer at `address` who has proved nothing yet.
   *
   * @throws {Refusal} as {@link open}, and UNAVAILABLE when too many ask.
   */
  async openUnproven(meetingId: string, address: string): Promise<Meeting> {
    return this.peek(meetingId) ?? await this.#unproven.open(meetingId, address);
  }

  /** The meeting if it is owned here. */
  peek(meetingId: string): Meeting | undefined {
    const owned = this.#owned.get(meetingId);
    if (owned !== undefined) owned.usedAtMs = this.#environment.clock.now();
    return owned?.meeting;
  }

  /** Ejects the participant (`Meeting.eject`); nobody is here when the meeting is not. */
  async eject(meetingId: string, participantId: string, reason: string): Promise<void> {
    const meeting = await this.#present(meetingId);
    if (meeting === undefined) this.#assignments.refuse(meetingId, { participantId });
    else await meeting.eject(participantId, reason);
  }

  /** Revokes join tokens (`Meeting.revokeTokens`); they are of no use when the meeting is not here. */
  async revokeTokens(meetingId: string, tokenIds: readonly string[]): Promise<void> {
    const meeting = await this.#present(meetingId);
    if (meeting === undefined) this.#assignments.refuse(meetingId, { tokenIds });
    else await meeting.revokeTokens(tokenIds);
  }

  /** Ends the meeting for everyone; nothing happens when it is not here. */
  async end(meetingId: string): Promise<void> {
    this.#assignments.take(meetingId);
    const meeting = await this.#present(meetingId);
    await meeting?.end();
    await this.#owned.get(meetingId)?.tenure.release();
  }

  onTelemetry(handlerId: string, telemetry: MediaTelemetry): void {
    this.#owned.get(telemetry.meetingId)?.meeting.onTelemetry(handlerId, telemetry);
  }

  onPresence(handlerId: string, { meetingId, participantId, connected }: Presence): void {
    this.#owned.get(meetingId)?.meeting.onPresence(handlerId, participantId, connected);
  }

  /** Meetings with someone in them, and all their participants. */
  load(): Load {
    let meetings = 0;
    let participants = 0;
    for (const { meeting } of this.#owned.values()) {
      if (meeting.size > 0) meetings++;
      participants += meeting.size;
    }
    return { meetings, participants };
  }

  /**
   * Takes no more meetings where others can, and gives those that there are to them: people are told
   * where their meeting goes on. What cannot be handed over goes on here; call it again.
   *
   * @returns whether everybody has followed, and nothing is left that others could take.
   */
  async handOver(): Promise<boolean> {
    this.#draining = true;
    await Promise.allSettled(this.#opening.values());
    await fewAtOnce(this.#owned.values(), (owned) => this.#handOver(owned));
    const left = [...this.#owned.values()].some(({ tenure }) => tenure.alternatives().length > 0);
    return !left && this.#leaving.size === 0;
  }

  /** Leaves all meetings for whoever goes on with them; their sessions have ended before. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#draining = true;
    this.#cancelSweep();
    await Promise.allSettled(this.#opening.values());
    const all = [...this.#owned.values()];
    this.#owned.clear();
    await fewAtOnce(all, async ({ meeting, tenure }) => {
      if (meeting.isEmpty) await tenure.release();
      else if (!await tenure.handOver()) tenure.superseded();
      await meeting[Symbol.asyncDispose]();
    });
    await Promise.all([...this.#leaving].map((meeting) => meeting[Symbol.asyncDispose]()));
  }

  /** The meeting if it is here or about to be. */
  async #present(meetingId: string): Promise<Meeting | undefined> {
    await this.#opening.get(meetingId)?.catch(() => undefined);
    return this.peek(meetingId);
  }

  /** @throws {Refusal} when it is not for this process to own another meeting. */
  #checkRoom(meetingId: string): void {
    const [controller] = this.#draining ? this.#tenures.alternatives(meetingId) : [];
    if (controller !== undefined) {
      throw new Refusal(ErrorCode.MOVED, "the meeting is at another controller", { controller });
    }
    if (this.#owned.size + this.#opening.size >= MAX_OWNED_MEETINGS) {
      throw new Refusal(ErrorCode.CAPACITY_EXCEEDED, "no room for another meeting");
    }
    if (this.#opening.size >= MAX_ACQUISITIONS) {
      throw new Refusal(ErrorCode.UNAVAILABLE, "too many meetings begin; try again in a moment");
    }
  }

  async #acquire(meetingId: string): Promise<Meeting> {
    const { clock } = this.#environment;
    const begunAtMs = clock.now();
    const tenure = await this.#tenures.begin(meetingId);
    if (tenure.over.aborted) throw unavailable();
    const assignment = this.#assignments.take(meetingId);
    const meeting = this.#restore(meetingId, tenure, assignment?.mediaHandler);
    const owned = { meeting, tenure, usedAtMs: clock.now() };
    this.#owned.set(meetingId, owned);
    tenure.over.addEventListener("abort", () => this.#onOver(meetingId, owned), { once: true });
    // What was said while the facts were read is newer than they are.
    if (assignment !== undefined && assignment.atMs >= begunAtMs) {
      meeting.configure(assignment.settings);
    }
    // Its media has a place before the first of them comes.
    meeting.mediaHandler();
    await this.#refuse(meeting, assignment);
    return meeting;
  }

  /** The meeting as its tenure says. */
  #restore(meetingId: string, tenure: OwnedTenure, early: MediaHandler | undefined): Meeting {
    const mediaHandlers = preferring(early, this.#environment.mediaHandlers);
    try {
      const meeting = new Meeting(meetingId, tenure, { ...this.#environment, mediaHandlers });
      tenure.describeBy(() => meeting.snapshot());
      return meeting;
    } catch (error) {
      // What is stored stays, for whoever can make something of it.
      tenure.superseded();
      throw error;
    }
  }

  /** Keeps out of a meeting that is new here whom the global controller named before. */
  async #refuse(meeting: Meeting, assignment: Assignment | undefined): Promise<void> {
    if (assignment === undefined) return;
    // All of it begins at once, before anybody comes in.
    const { revokedTokens, ejected } = assignment;
    await Promise.all([
      revokedTokens.size > 0 ? meeting.revokeTokens([...revokedTokens]) : undefined,
      ...[...ejected].map((participantId) => meeting.eject(participantId, "")),
    ]);
  }

  /** The meeting is not owned here any more. */
  #onOver(meetingId: string, { meeting, tenure }: Owned): void {
    if (this.#owned.get(meetingId)?.meeting !== meeting) return;
    this.#owned.delete(meetingId);
    const [place] = tenure.alternatives();
    this.#leaving.add(meeting);
    const left = tenure.outcome === "handed over" && place !== undefined
      ? meeting.moveTo(place)
      : Promise.resolve(tenure.outcome === "released" ? undefined : meeting.stepDown());
    left.then(() => meeting[Symbol.asyncDispose]()).catch((error) => {
      this.#environment.log.error("leaving a meeting failed", { meetingId, error });
    }).then(() => this.#leaving.delete(meeting));
  }

  async #handOver({ meeting, tenure }: Owned): Promise<void> {
    if (meeting.isEmpty) await tenure.release();
    else if (tenure.alternatives().length > 0) await tenure.handOver();
  }

  #planSweep(): void {
    this.#cancelSweep = this.#environment.clock.after(SWEEP_INTERVAL_MS, () => {
      const now = this.#environment.clock.now();
      const unused = [...this.#owned.values()].filter((owned) => {
        if (!owned.meeting.isEmpty) owned.usedAtMs = now;
        return owned.meeting.hasEnded || now - owned.usedAtMs >= EMPTY_MEETING_LIFETIME_MS;
      });
      // A release never rejects.
      for (const { tenure } of unused.slice(0, MAX_RELEASES_PER_SWEEP)) void tenure.release();
      this.#planSweep();
    });
  }
}

/** Acts on all, {@link HAND_OVERS_AT_ONCE} side by side. */
async function fewAtOnce(all: Iterable<Owned>, act: (owned: Owned) => Promise<void>) {
  const waiting = [...all];
  const actOnSome = async () => {
    for (let owned = waiting.pop(); owned !== undefined; owned = waiting.pop()) await act(owned);
  };
  await Promise.all(Array.from({ length: HAND_OVERS_AT_ONCE }, actOnSome));
}
