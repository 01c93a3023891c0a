import { camera, microphone } from "../../services/system_tests/headless_client.ts";
import { ClientJournal } from "../../services/system_tests/failure/client_journal.ts";
import { JournaledGuest } from "../../services/system_tests/failure/journaled_guest.ts";
import {
  type ApiAccess,
  OrganisationMeeting,
} from "../../services/system_tests/failure/organisation_meeting.ts";
import { seededRandom } from "../../services/stack/network/seeded_random.ts";

/** People of a crowd beside the host. */
const PEOPLE = 4;
/** Time between two pictures of each, milliseconds. */
const PICTURE_INTERVAL_MS = 200;
const PICTURE_BYTES = 300;
/** Longest time between two things that one of them does, milliseconds. */
const IDLE_LIMIT_MS = 3_000;
/** How long somebody tries to come in before it is told as a failure, milliseconds. */
const JOIN_LIMIT_MS = 60_000;
/** Most people that a host bans in one run: each is replaced by somebody new. */
const MAX_BANNED = 5;

/** Somebody of a crowd. */
interface Person {
  readonly name: string;
  readonly client: JournaledGuest;
  readonly cameraId: string;
  readonly microphoneId: string;
  readonly pump: ReturnType<typeof setInterval>;
}

/**
 * The people of one meeting, who come, go, talk, mute themselves and are moderated by their host all
 * the time. What each one does, and what is done to it, happens one after the other, so that
 * what was acknowledged last is what has to be true.
 */
export class Crowd implements AsyncDisposable {
  /** What each of them did, by what came of it. */
  readonly outcomes = { done: 0, refused: 0 };
  readonly #random: () => number;
  readonly #backend: OrganisationMeeting;
  readonly #url: string;
  readonly #host: Person;
  readonly #people: Person[] = [];
  readonly #all: Person[] = [];
  #names = 0;
  #banned = 0;
  #acting = true;
  #acts: Promise<unknown> = Promise.resolve();

  private constructor(url: string, backend: OrganisationMeeting, seed: number) {
    this.#url = url;
    this.#backend = backend;
    this.#random = seededRandom(seed);
    this.#host = this.#person("host");
    for (let index = 0; index < PEOPLE; index++) this.#people.push(this.#person("participant"));
  }

  /** Creates the meeting; resolves when all are in. @param seed of what they do. */
  static async start(access: ApiAccess, seed: number): Promise<Crowd> {
    const crowd = new Crowd(access.url, await OrganisationMeeting.create(access), seed);
    for (const person of crowd.#present()) await join(person);
    return crowd;
  }

  get journals(): readonly ClientJournal[] {
    return this.#all.map(({ client }) => client.journal);
  }

  /** Each does something now and then until {@link rest}. */
  act(): void {
    this.#acts = Promise.all([
      ...this.#people.map((_, index) => this.#repeat(() => this.#actAs(index))),
      // So that it does not fill the memory of a long run.
      this.#repeat(() => this.#forgetPictures()),
    ]);
  }

  /** Resolves when everybody has finished what is going on, and is in the meeting. */
  async rest(): Promise<void> {
    this.#acting = false;
    await this.#acts;
    for (const person of this.#present()) {
      if (person.client.state.phase === "left" || person.client.state.phase === "failed") {
        await join(person);
      }
      await person.client.until(
        `${person.name} is in the meeting`,
        () => person.client.state.phase === "joined",
        JOIN_LIMIT_MS,
      );
    }
  }

  /** Waits until all see as many people as there are. */
  async untilAgreed(withinMs: number): Promise<void> {
    const present = this.#present();
    await this.#host.client.until(
      "everybody sees everybody",
      () => present.every(({ client }) => client.state.participants.length === present.length - 1),
      withinMs,
    );
  }

  /** Whoever is in the meeting notes whom it sees. */
  noteRosters(): void {
    for (const { client } of this.#present()) client.journal.noteRoster(client.state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#acting = false;
    for (const { pump } of this.#all) clearInterval(pump);
    await this.#acts;
    await Promise.all(this.#all.map(({ client }) => client[Symbol.asyncDispose]()));
  }

  #present(): Person[] {
    return [this.#host, ...this.#people];
  }

  #person(role: "host" | "participant"): Person {
    const name = role === "host" ? "Host" : `Person ${++this.#names}`;
    const [cameraId, microphoneId] = [crypto.randomUUID(), crypto.randomUUID()];
    const client = new JournaledGuest(
      this.#url,
      this.#backend.code,
      new ClientJournal(name),
      ({ signal }) => this.#backend.admit({ name, role, reference: name }, signal),
    );
    const pump = setInterval(() => {
      client.send(cameraId, { data: new Uint8Array(PICTURE_BYTES) }).catch(() => undefined);
    }, PICTURE_INTERVAL_MS);
    const person = { name, client, cameraId, microphoneId, pump };
    this.#all.push(person);
    return person;
  }

  async #repeat(act: () => void | Promise<void>): Promise<void> {
    while (this.#acting) {
      await new Promise((resolve) => setTimeout(resolve, this.#random() * IDLE_LIMIT_MS));
      if (!this.#acting) return;
      // Under faults anything may be refused; what matters is what was acknowledged.
      await Promise.resolve().then(act).then(
        () => this.outcomes.done++,
        () => this.outcomes.refused++,
      );
    }
  }

  async #actAs(index: number): Promise<void> {
    const person = this.#people[index]!;
    const { client, microphoneId } = person;
    if (client.state.phase === "left" || client.state.phase === "failed") return await join(person);
    const participantId = client.state.participantId;
    if (participantId === undefined) return;
    const host = this.#host.client;
    const choice = this.#random();
    const yes = this.#random() < 0.5;
    if (choice < 0.25) {
      await client.journal.acknowledge(
        { kind: "mute", participantId, type: "audio", muted: yes },
        client.meeting.setMuted(microphoneId, yes),
      );
    } else if (choice < 0.4) await client.meeting.raiseHand(yes);
    else if (choice < 0.55) await client.meeting.sendMessage(`Hello ${this.#random()}`);
    else if (choice < 0.65) await client.leave();
    else if (choice < 0.8) {
      await host.journal.acknowledge(
        { kind: "mute", participantId, type: "audio", muted: true },
        host.meeting.mute("audio", participantId),
      );
    } else if (choice < 0.92) {
      const role = yes ? "co-host" : "participant";
      await host.journal.acknowledge(
        { kind: "role", participantId, role },
        host.meeting.changeRole(participantId, role),
      );
    } else if (choice < 0.98) {
      await host.journal.acknowledge(
        { kind: "remove", participantId, ban: false },
        host.meeting.remove(participantId, { ban: false }),
      );
    } else if (this.#banned < MAX_BANNED) await this.#ban(index, participantId);
  }

  /** Bans somebody, who tries to come again in vain, and has somebody new come. */
  async #ban(index: number, participantId: string): Promise<void> {
    const person = this.#people[index]!;
    // At once, since a ban may hold although its answer was lost.
    const next = this.#person("participant");
    this.#people[index] = next;
    this.#banned++;
    clearInterval(person.pump);
    try {
      const host = this.#host.client;
      await host.journal.acknowledge(
        { kind: "remove", participantId, ban: true },
        host.meeting.remove(participantId, { ban: true }),
      );
      await person.client.until("it is out", () => person.client.state.phase === "failed");
      // Whoever gets in all the same has it in the journal.
      await person.client.meeting.join({ name: person.name, streams: [] }).catch(() => undefined);
    } finally {
      // It is out at this end also when nobody hears it.
      if (person.client.state.phase !== "failed") {
        await person.client.leave().catch(() => undefined);
      }
      await join(next);
    }
  }

  #forgetPictures(): void {
    for (const { client } of this.#all) client.frames.splice(0);
  }
}

async function join({ name, client, cameraId, microphoneId }: Person): Promise<void> {
  await client.until(`${name} is in`, async () => {
    const { phase } = client.state;
    if (phase === "joined" || phase === "reconnecting") return true;
    await client.meeting.join({
      name,
      streams: [{ ...camera(), streamId: cameraId }, { ...microphone(), streamId: microphoneId }],
    });
    return true;
  }, JOIN_LIMIT_MS);
}
