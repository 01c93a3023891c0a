import assert from "node:assert/strict";
import { camera, microphone } from "../headless_client.ts";
import { readAuditEvidence } from "./audit_evidence.ts";
import { ClientJournal, rosterOf, type SeenParticipant } from "./client_journal.ts";
import type { FailingStack } from "./failing_stack.ts";
import { findViolations } from "./invariants.ts";
import { JournaledGuest } from "./journaled_guest.ts";
import { OrganisationMeeting } from "./organisation_meeting.ts";
import { ROSTER_LIMIT_MS } from "./roster_invariants.ts";

/** Time between two pictures of each attendee, milliseconds. */
const PICTURE_INTERVAL_MS = 50;
const PICTURE_BYTES = 1_000;
/** Pictures each way that count as flowing. */
const FLOWING_PICTURES = 3;
/** How long anything may take that nothing hinders, milliseconds. */
const PATIENCE_MS = 10_000;

/** Somebody in an {@link AttendedMeeting}. */
export interface Attendee {
  readonly name: string;
  readonly client: JournaledGuest;
  readonly cameraId: string;
  readonly microphoneId: string;
}

/** Whom somebody has in the meeting, by name. */
export type NamedRoster = Readonly<Record<string, Omit<SeenParticipant, "handRaised">>>;

/** A moment in the life of an {@link AttendedMeeting}. */
export interface Moment {
  /** Milliseconds of `performance.now`. */
  readonly atMs: number;
  /** How many states each attendee had been in. */
  readonly states: ReadonlyMap<string, number>;
}

/**
 * A meeting of an organisation whose attendees send each other pictures all the time. Ada, the host,
 * has made Bob co-host and muted his microphone, and Cid has raised a hand: what a fault has to leave
 * as it is.
 */
export class AttendedMeeting implements AsyncDisposable {
  readonly #pumps: ReturnType<typeof setInterval>[] = [];

  private constructor(
    private readonly failing: FailingStack,
    readonly code: string,
    readonly attendees: readonly Attendee[],
  ) {}

  /** Resolves when pictures flow between all. @param wishes of the call that creates the meeting. */
  static async start(
    failing: FailingStack,
    wishes: Record<string, unknown> = {},
  ): Promise<AttendedMeeting> {
    const { url, stack: { secrets } } = failing;
    const backend = await OrganisationMeeting.create({ url, secrets }, wishes);
    const attendees = ["Ada", "Bob", "Cid"].map((name): Attendee => {
      const person = {
        name,
        role: name === "Ada" ? "host" : "participant",
        reference: name,
      } as const;
      const client = new JournaledGuest(
        url,
        backend.code,
        new ClientJournal(name),
        ({ signal }) => backend.admit(person, signal),
      );
      return {
        name,
        client,
        cameraId: crypto.randomUUID(),
        microphoneId: crypto.randomUUID(),
      };
    });
    const meeting = new AttendedMeeting(failing, backend.code, attendees);
    try {
      await meeting.#begin();
      return meeting;
    } catch (error) {
      await meeting[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #begin(): Promise<void> {
    for (const { name, client, cameraId, microphoneId } of this.attendees) {
      await client.join(
        name,
        [{ ...camera(), streamId: cameraId }, { ...microphone(), streamId: microphoneId }],
        PATIENCE_MS,
      );
      this.#pumps.push(setInterval(() => {
        client.send(cameraId, { data: new Uint8Array(PICTURE_BYTES) }).catch(() => undefined);
      }, PICTURE_INTERVAL_MS));
    }
    await this.flows();
    const bob = this.idOf("Bob");
    await this.promote("Bob");
    await this.muteAudio("Bob");
    await this.client("Cid").meeting.raiseHand(true);
    await this.untilAgreed("what people did is seen by all", PATIENCE_MS, (roster) => {
      return roster.Bob?.participantId === bob && roster.Bob.role === "co-host" &&
        roster.Bob.muted.includes("audio");
    });
  }

  get meetingId(): string {
    return this.client("Ada").state.meetingId!;
  }

  client(name: string): JournaledGuest {
    return this.attendees.find((attendee) => attendee.name === name)!.client;
  }

  idOf(name: string): string {
    return this.client(name).state.participantId!;
  }

  /** Ada makes somebody co-host, and resolves when it is acknowledged. */
  async promote(name: string): Promise<void> {
    const participantId = this.idOf(name);
    const ada = this.client("Ada");
    await ada.journal.acknowledge(
      { kind: "role", participantId, role: "co-host" },
      ada.meeting.changeRole(participantId, "co-host"),
    );
  }

  /** Ada mutes somebody's microphone, and resolves when it is acknowledged. */
  async muteAudio(name: string): Promise<void> {
    const participantId = this.idOf(name);
    const ada = this.client("Ada");
    await ada.journal.acknowledge(
      { kind: "mute", participantId, type: "audio", muted: true },
      ada.meeting.mute("audio", participantId),
    );
  }

  /** Somebody mutes or unmutes the own microphone, and resolves when it is acknowledged. */
  async setOwnAudio(name: string, muted: boolean): Promise<void> {
    const { client, microphoneId } = this.attendees.find((one) => one.name === name)!;
    const participantId = this.idOf(name);
    await client.journal.acknowledge(
      { kind: "mute", participantId, type: "audio", muted },
      client.meeting.setMuted(microphoneId, muted),
    );
  }

  /** Whom somebody has in the meeting: ids, roles, what is muted. */
  rosterOf(name: string): NamedRoster {
    const { state } = this.client(name);
    const names = new Map(state.participants.map((other) => [other.id, other.name]));
    names.set(state.participantId!, name);
    return Object.fromEntries(
      rosterOf(state).map(({ handRaised: _order, ...rest }) => [
        names.get(rest.participantId),
        rest,
      ]),
    );
  }

  /** Names of those whose hands are up, as somebody sees them, the first first. */
  handsSeenBy(name: string): string[] {
    const { state } = this.client(name);
    return [...state.participants, { name, handRaised: state.handRaised }]
      .filter(({ handRaised }) => handRaised > 0)
      .sort((one, other) => one.handRaised - other.handRaised)
      .map(({ name }) => name);
  }

  /** Waits until everybody is joined and sees the same people, in a way that `look` likes. */
  async untilAgreed(
    what: string,
    withinMs: number,
    look: (roster: NamedRoster) => boolean = () => true,
  ): Promise<void> {
    await this.client("Ada").until(what, () => {
      if (!this.attendees.every(({ client }) => client.state.phase === "joined")) return false;
      const [first, ...others] = this.attendees.map(({ name }) => this.rosterOf(name));
      return Object.keys(first!).length === this.attendees.length && look(first!) &&
        others.every((other) => sameRoster(first!, other));
    }, withinMs);
  }

  /** Resolves when further pictures have arrived at everybody from everybody. */
  async flows(withinMs = PATIENCE_MS): Promise<void> {
    const sinceMs = performance.now();
    await this.client("Ada").until("pictures flow between all", () => {
      return this.#ways().every(({ viewer, senderId }) =>
        viewer.frames.filter(({ participantId, arrivedAtMs }) =>
          participantId === senderId() && arrivedAtMs >= sinceMs
        ).length >= FLOWING_PICTURES
      );
    }, withinMs);
  }

  /** A moment to look back to. */
  mark(): Moment {
    return {
      atMs: performance.now(),
      states: new Map(this.attendees.map(({ name, client }) => [name, client.states.length])),
    };
  }

  /**
   * How long it took since `moment` until the last one who lost the controller was back, milliseconds;
   * 0 when nobody lost it.
   */
  async untilBack(moment: Moment, withinMs: number): Promise<number> {
    await this.client("Ada").until("everybody lost the controller and is back", () => {
      return this.attendees.every(({ name, client }) =>
        client.state.phase === "joined" && this.#lost(name, moment)
      );
    }, withinMs);
    return performance.now() - moment.atMs;
  }

  /** Fails when anybody noticed anything since `moment`. */
  assertUnnoticed(moment: Moment): void {
    for (const { name, client } of this.attendees) {
      for (const { phase, media } of client.states.slice(moment.states.get(name))) {
        assert.deepEqual({ phase, media }, { phase: "joined", media: "connected" }, name);
      }
    }
  }

  /** The longest time since `moment` in which somebody saw no picture of somebody, milliseconds. */
  longestPauseMs(moment: Moment): number {
    return Math.max(
      ...this.#ways().map(({ viewer, senderId }) => {
        let longestMs = 0;
        let lastMs = moment.atMs;
        for (const { participantId, arrivedAtMs } of viewer.frames) {
          if (arrivedAtMs < moment.atMs || participantId !== senderId()) continue;
          longestMs = Math.max(longestMs, arrivedAtMs - lastMs);
          lastMs = arrivedAtMs;
        }
        return Math.max(longestMs, performance.now() - lastMs);
      }),
    );
  }

  /** Lets go of all pictures so far: none before the next moment is asked for. */
  forgetPictures(): void {
    for (const { client } of this.attendees) client.frames.splice(0);
  }

  /** Fails with whatever broke a promise; everything is over and everybody is back. */
  async assertInvariants(): Promise<void> {
    assert.deepEqual(this.failing.lines.plain, [], "a service printed what is no event");
    await this.untilAgreed("all rosters are equal", ROSTER_LIMIT_MS);
    for (const { client } of this.attendees) client.journal.noteRoster(client.state);
    const { lines, stores } = this.failing;
    const evidence = async () => ({
      journals: this.attendees.map(({ client }) => client.journal),
      events: lines.events,
      audit: await readAuditEvidence(stores.databaseUrl),
      // They have no time left to become right.
      recoveredAtMs: -Infinity,
    });
    // What moderators did is moved to the audit log within seconds.
    await this.client("Ada").until("all that moderators did is audited", async () => {
      return (await evidence()).audit.actions.every(({ entries }) => entries > 0);
    }, ROSTER_LIMIT_MS);
    assert.deepEqual(findViolations(await evidence()), []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pump of this.#pumps) clearInterval(pump);
    await Promise.all(this.attendees.map(({ client }) => client[Symbol.asyncDispose]()));
  }

  #lost(name: string, moment: Moment): boolean {
    return this.client(name).states.slice(moment.states.get(name))
      .some(({ phase }) => phase !== "joined");
  }

  /** From everybody to everybody else. */
  #ways() {
    return this.attendees.flatMap((viewer) =>
      this.attendees.filter((sender) => sender !== viewer).map((sender) => ({
        viewer: viewer.client,
        senderId: () => sender.client.state.participantId,
      }))
    );
  }
}

function sameRoster(one: NamedRoster, other: NamedRoster): boolean {
  try {
    assert.deepEqual(one, other);
    return true;
  } catch {
    return false;
  }
}
