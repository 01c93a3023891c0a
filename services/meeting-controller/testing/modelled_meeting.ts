import assert from "node:assert/strict";
import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  ErrorCode,
  type PublishStreamSchema,
  type ServerEnvelope,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { LOBBY_NEWS_INTERVAL_MS } from "../lobby/lobby.ts";
import { CloseCode } from "../participant/close_code.ts";
import type { ManualClock } from "./manual_clock.ts";
import { MeetingModel, type ModelPerson, type Outcome, PEOPLE } from "./meeting_model.ts";
import type { MeetingStage } from "./meeting_stage.ts";
import type { MeetingStep, ModerationStep, OwnStep } from "./meeting_steps.ts";
import { askOf, pick } from "./modelled_requests.ts";
import { ObservedMeeting } from "./observed_meeting.ts";
import { ResumeIdentity } from "./resumable_person.ts";
import type { RequestInit, SignalingClient } from "./signaling_client.ts";

/** The identity of everyone: whose it is does not matter to the model. */
const identity = await ResumeIdentity.create();

/** The way of somebody into a modelled meeting, and what the person knows. */
interface Attendee {
  client: SignalingClient;
  /** Undefined in the lobby. */
  observed: ObservedMeeting | undefined;
  secret: Uint8Array;
  readonly published: Map<string, MessageInitShape<typeof PublishStreamSchema>>;
}

/** Answers that mean that it was done. */
const DONE: ReadonlySet<string | undefined> = new Set(["acknowledgement", "streamPublished"]);

/**
 * A meeting at the real controller beside the model of it: takes steps, and checks each answer, why
 * sessions end, and in the end all that everyone knows and all that media handlers were told.
 */
export class ModelledMeeting {
  readonly model = new MeetingModel();
  /** By participant id. */
  readonly #attendees = new Map<string, Attendee>();
  /** The last participant id of each of the people. */
  readonly #ids: string[] = PEOPLE.map(() => crypto.randomUUID());

  constructor(private readonly stage: MeetingStage, private readonly clock: ManualClock) {}

  /** Lets somebody do something; nothing happens when it cannot be done (any more). */
  async take(step: MeetingStep): Promise<void> {
    if (this.model.ended) return;
    if (step.do === "join") return await this.#join(step.who);
    if (step.do === "leave") {
      const id = pick([...this.#attendees.keys()], step.who);
      return id === undefined ? undefined : await this.#leave(id);
    }
    const { here } = this.model;
    const person = pick(
      here.filter(({ isConnected }) => isConnected === (step.do !== "resume")),
      step.who,
    );
    if (person === undefined) return;
    if (step.do === "resume") await this.#resume(person, step.forgetful);
    else if (step.do === "lose") await this.#lose(person);
    else await this.#act(person, step);
  }

  /** Everyone knows what the model says, and so do the facts and the media handler. */
  async check(): Promise<void> {
    this.clock.advance(LOBBY_NEWS_INTERVAL_MS);
    for (const person of this.model.here) if (person.isConnected) await this.#checkView(person);
    await this.stage.settle();
    const recorded = this.stage.facts.actionsOf(this.stage.meetingId).map((
      { deed: { action }, subject },
    ) => `${action} ${subject?.participantId ?? ""}`.trim());
    assert.deepEqual(recorded, this.model.recorded);
    if (this.model.ended) return;
    const [handler] = this.stage.media.handlers;
    const streams = this.model.here.flatMap((person) => [...person.streams]);
    const silenced = streams.filter(([, { mute }]) => mute === "muted by a moderator");
    assert.deepEqual(handler!.participants, new Set(this.model.here.map(({ id }) => id)));
    assert.deepEqual(new Set(handler!.routes.keys()), new Set(streams.map(([id]) => id)));
    const routed = [...handler!.silenced].filter((id) => handler!.routes.has(id));
    assert.deepEqual(new Set(routed), new Set(silenced.map(([id]) => id)));
  }

  async #checkView(person: ModelPerson): Promise<void> {
    const { client } = this.#attendee(person.id);
    await client.settle();
    const { observed } = this.#drained(person.id);
    const { model } = this;
    const waiting = person.role === "participant" ? [] : model.waiting.map(({ id }) => id);
    assert.deepEqual(observed.people, model.seenPeople());
    assert.deepEqual(observed.hands, model.hands);
    assert.deepEqual([observed.locked, observed.lobbyEnabled], [model.locked, model.lobbyEnabled]);
    assert.deepEqual(observed.knocks, waiting);
    assert.deepEqual(observed.messageNumbers, model.seenMessages(person));
    assert.deepEqual(observed.polls, model.polls);
    assert.deepEqual([observed.reactions, observed.asked], [person.reactions, person.asked]);
  }

  async #join(who: number): Promise<void> {
    const { model, stage } = this;
    const before = this.#ids[who]!;
    if (this.#attendees.has(before)) return;
    const id = this.#ids[who] = crypto.randomUUID();
    const { role, userId, guestId, network } = PEOPLE[who]!;
    const expected = model.join(who, id);
    const claims = { role, user_id: userId, guest_id: guestId, network, knock: role !== "host" };
    const joinToken = await stage.token(id, claims);
    const client = await stage.connect();
    const request = await stage.joinRequest(`P${who}`, {
      joinToken,
      identityKey: identity.publicKey,
    });
    const answer = await client.ask(request);
    if (typeof expected === "number") {
      assertAnswer(answer, expected);
      return client.session.close();
    }
    this.#attendees.set(id, {
      client,
      observed: undefined,
      secret: new Uint8Array(),
      published: new Map(),
    });
    if (expected === "waiting") assert.equal(answer.case, "lobbyResponse");
    else this.#onJoined(id, answer);
  }

  #onJoined(id: string, answer: ServerEnvelope["message"]): void {
    assert.ok(answer.case === "joinResponse", `answered ${answer.case}`);
    const attendee = this.#attendee(id);
    attendee.secret = answer.value.resumeSecret;
    if (attendee.observed === undefined) attendee.observed = new ObservedMeeting(answer.value);
    else attendee.observed.resumed(answer.value);
  }

  async #leave(id: string): Promise<void> {
    const attendee = this.#attendees.get(id);
    const person = this.model.here.find((one) => one.id === id);
    if (attendee === undefined || person?.isConnected === false) return;
    this.model.leave(id);
    const answer = await attendee.client.ask({ case: "leaveRequest", value: {} });
    assertAnswer(answer, undefined);
    await this.#closed(id, CloseCode.NORMAL);
  }

  async #lose(person: ModelPerson): Promise<void> {
    const { client } = this.#attendee(person.id);
    await client.settle();
    this.#drained(person.id);
    person.isConnected = false;
    client.lose();
    await client.closed;
    await this.stage.settle();
  }

  async #resume(person: ModelPerson, forgetful: boolean): Promise<void> {
    const attendee = this.#attendee(person.id);
    const { secret, observed, published } = attendee;
    const { meetingId } = this.stage;
    const proof = await identity.prove({ meetingId, participantId: person.id, secret });
    attendee.client = await this.stage.connect();
    if (forgetful) observed!.forgetMessages();
    const streams = [...person.streams].map(([streamId, { mute }]) => ({
      ...published.get(streamId)!,
      muted: mute !== "open",
    }));
    const answer = await attendee.client.ask({
      case: "resumeRequest",
      value: {
        meetingId,
        participantId: person.id,
        secret,
        proof,
        lastMessageNumber: forgetful ? 0n : observed!.lastMessageNumber,
        streams,
      },
    });
    person.isConnected = true;
    this.#onJoined(person.id, answer);
  }

  /** Something that is asked of the meeting. */
  async #act(
    person: ModelPerson,
    step: OwnStep | ModerationStep,
  ): Promise<void> {
    const before = new Map(this.model.here.map((one) => [one.id, one]));
    const waitingBefore = this.model.waiting.map(({ id }) => id);
    const nowMs = this.clock.now();
    const asked = askOf({ model: this.model, ids: this.#ids, nowMs }, person, step);
    if (asked === undefined) return;
    const [request, expected] = asked;
    const { client, published } = this.#attendee(person.id);
    if (request.case === "publishStream") published.set(request.value.streamId!, request.value);
    assertAnswer(await client.ask(request), expected);
    if (expected === undefined) this.#learnOwn(person, request);
    await this.#followSessions([...before.values()], waitingBefore, step);
  }

  /** What a client changes of its own streams, it knows by the answer. */
  #learnOwn({ id, streams }: ModelPerson, request: RequestInit): void {
    if (!["publishStream", "unpublishStream", "updateStream"].includes(request.case)) return;
    const { streamId = "" } = request.value as { streamId?: string };
    this.#drained(id).observed.ownStream(id, streamId, streams.get(streamId)?.mute);
  }

  /** Sessions of those who are put out end, and those who are let in join. */
  async #followSessions(
    before: readonly ModelPerson[],
    waitingBefore: readonly string[],
    step: MeetingStep,
  ): Promise<void> {
    const here = new Set(this.model.here.map(({ id }) => id));
    const waiting = new Set(this.model.waiting.map(({ id }) => id));
    const code = this.model.ended
      ? CloseCode.MEETING_ENDED
      : step.do === "remove" && step.ban
      ? CloseCode.BANNED
      : CloseCode.REMOVED;
    for (const { id, isConnected } of before) {
      if (here.has(id)) continue;
      if (isConnected) await this.#closed(id, code);
      else this.#attendees.delete(id);
    }
    for (const id of waitingBefore) {
      if (here.has(id)) await this.#joinAdmitted(id);
      else if (!waiting.has(id)) {
        await this.#closed(id, this.model.ended ? CloseCode.MEETING_ENDED : CloseCode.DENIED);
      }
    }
  }

  async #joinAdmitted(id: string): Promise<void> {
    const { client } = this.#attendee(id);
    await client.event("admissionDecided");
    const name = `P${this.#ids.indexOf(id)}`;
    const identityKey = identity.publicKey;
    const request = await this.stage.joinRequest(name, { joinToken: "", identityKey });
    this.#onJoined(id, await client.ask(request));
  }

  async #closed(id: string, expected: CloseCode): Promise<void> {
    const { client } = this.#attendee(id);
    this.#attendees.delete(id);
    const { closeCode } = await this.clock.advanceUntil(client.closed);
    assert.equal(closeCode, expected);
  }

  #attendee(id: string): Attendee {
    const attendee = this.#attendees.get(id);
    assert.ok(attendee !== undefined, "the model knows of somebody who never came");
    return attendee;
  }

  /** The attendee, who knows by now all that came. */
  #drained(id: string): { readonly observed: ObservedMeeting } {
    const { client, observed } = this.#attendee(id);
    assert.ok(observed !== undefined, "the person waits in the lobby");
    for (const event of client.events.splice(0)) observed.take(event);
    return { observed };
  }
}

function assertAnswer(answer: ServerEnvelope["message"], expected: Outcome): void {
  if (answer.case === "error") {
    const { code, message } = answer.value;
    assert.equal(ErrorCode[code], expected === undefined ? "done" : ErrorCode[expected], message);
  } else {
    assert.ok(DONE.has(answer.case), `answered ${answer.case}`);
    assert.equal("done", expected === undefined ? "done" : ErrorCode[expected]);
  }
}
