import { create, toBinary } from "@bufbuild/protobuf";
import { ClientEnvelopeSchema } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Role } from "../participant/participant.ts";
import { MESSAGES_PER_MINUTE } from "../session/message_rate.ts";
import type { MeetingStage } from "../testing/meeting_stage.ts";
import type { ResumeIdentity } from "../testing/resumable_person.ts";
import type { Choice } from "./choice.ts";
import { EnvelopeWriter } from "./envelope_writer.ts";
import { framed, type HostileInput, makeInput } from "./hostile_input.ts";
import type { HostileSession } from "./hostile_session.ts";
import type { KnownValues } from "./known_values.ts";

/** How far somebody goes as it should be, before the hostile inputs. */
export type Entry =
  | "unauthenticated"
  | "prepared"
  | "waiting"
  | "joined"
  | "resuming"
  | "flooding";

/** Most inputs of one session: fewer than the rate limit allows within a minute. */
const MAX_SESSION_INPUTS = 900;
/** How many inputs somebody sends who is not closed before. */
const VISIT_LENGTHS = [3, 40, MAX_SESSION_INPUTS, MAX_SESSION_INPUTS, MAX_SESSION_INPUTS];
/** How many are sent at once; mostly one, so that it is clear what each is answered. */
const BURSTS = [1, 1, 1, 1, 1, 1, 2, 2, 5, 40];

/** Somebody who lost the connection, and may come back. */
export interface LostPerson {
  readonly participantId: string;
  readonly role: Role;
  readonly secret: Uint8Array;
  /** The session that stands yet, if any. */
  readonly session: HostileSession | undefined;
}

/** What the visit of somebody hostile stands on. */
export interface Visit {
  readonly stage: MeetingStage;
  readonly choice: Choice;
  readonly entry: Entry;
  readonly role: Role;
  readonly identity: ResumeIdentity;
  /** Whether the meeting goes on although somebody asks for its end: nobody of them is a host. */
  readonly mayEndMeeting: boolean;
  /** What is known of the meeting from before. */
  readonly known: Omit<KnownValues, "secret" | "proof" | "joinTokens">;
  readonly badTokens: readonly string[];
  readonly participantId: string;
  /** Who resumes. */
  readonly lost: LostPerson | undefined;
  /** Most inputs. */
  readonly budget: number;
}

/** One visit of somebody who means harm: what was sent, and who may resume it. */
export interface Visited {
  /** How many inputs were answered. */
  readonly inputs: number;
  readonly lost: LostPerson | undefined;
}

/** Gets somebody as far as `visit` says, and sends hostile inputs from there. */
export async function visitMeeting(session: HostileSession, visit: Visit): Promise<Visited> {
  const { stage, choice, entry, identity, lost } = visit;
  const { participantId } = visit;
  const secret = lost?.secret ?? choice.bytes(32);
  const proof = entry === "resuming"
    ? await identity.prove({ meetingId: stage.meetingId, participantId, secret })
    : choice.bytes(64);
  const joinToken = await stage.token(participantId, {
    role: visit.role,
    knock: entry === "waiting",
    // Mostly accounts: guests of a network from which somebody was banned all have to knock.
    ...(choice.happens(0.8)
      ? { user_id: choice.uuid() }
      : { guest_id: choice.uuid(), network: "network-1" }),
  });
  const known: KnownValues = {
    ...visit.known,
    participants: [participantId, ...visit.known.participants],
    streams: [choice.uuid(), choice.uuid(), ...visit.known.streams],
    joinTokens: [joinToken, joinToken, "", ...visit.badTokens],
    secret,
    proof,
  };
  const newSecret = await enter(session, visit, known);
  if (entry === "flooding") await flood(session, choice);
  else await attack(session, choice, { known, visit });
  const mayResume = newSecret.length > 0 && !session.isOver && choice.happens(0.8);
  if (!mayResume) leave(session, choice);
  else if (choice.happens(0.7)) session.hangUp();
  return {
    inputs: session.answered,
    lost: mayResume ? { participantId, role: visit.role, secret: newSecret, session } : undefined,
  };
}

/** Resolves with the secret to resume with; empty where there is none. */
async function enter(
  session: HostileSession,
  { stage, entry, choice, identity, lost }: Visit,
  known: KnownValues,
): Promise<Uint8Array> {
  const none = new Uint8Array(0);
  switch (entry) {
    case "unauthenticated":
      return none;
    case "prepared": {
      const { meetingId, joinTokens: [joinToken] } = known;
      await session.ask({ case: "prepareRequest", value: { meetingId, joinToken } });
      return none;
    }
    case "waiting":
    case "flooding":
    case "joined": {
      const identityKey = choice.happens(0.25) ? identity.publicKey : undefined;
      const [joinToken] = known.joinTokens;
      const request = await stage.joinRequest("Mallory", { joinToken, identityKey });
      const answer = await session.ask(request);
      return answer?.case === "joinResponse" ? answer.value.resumeSecret : none;
    }
    case "resuming": {
      if (choice.happens(0.2)) return none;
      const { meetingId, participants: [participantId], secret, proof } = known;
      if (lost?.session !== undefined) lost.session.isSuperseded = true;
      const value = { meetingId, participantId, secret, proof };
      const answer = await session.ask({ case: "resumeRequest", value });
      return answer?.case === "joinResponse" ? answer.value.resumeSecret : none;
    }
  }
}

async function attack(session: HostileSession, choice: Choice, { known, visit }: {
  readonly known: KnownValues;
  readonly visit: Visit;
}): Promise<void> {
  const writer = new EnvelopeWriter(choice, known);
  const most = Math.min(visit.budget, choice.among(VISIT_LENGTHS));
  const { lost, entry } = visit;
  let inputs = 0;
  while (inputs < most && !session.isOver) {
    const burst: HostileInput[] = [];
    const length = Math.min(choice.among(BURSTS), most - inputs);
    const isEntering = entry === "unauthenticated" || entry === "prepared" || session.isAdmitted;
    while (burst.length < length && (burst.at(-1)?.then ?? "goes on") === "goes on") {
      const input = makeInput(choice, writer, { requestId: session.nextRequestId(), isEntering });
      if (!visit.mayEndMeeting && input.request === "endMeeting") continue;
      if (input.request === "resumeRequest" && lost?.session !== undefined) {
        lost.session.isSuperseded = true;
      }
      burst.push(input);
    }
    inputs += burst.length;
    await session.send(burst);
  }
}

/** More messages than anybody may send. */
async function flood(session: HostileSession, choice: Choice): Promise<void> {
  const inputs = MESSAGES_PER_MINUTE + choice.below(50);
  const messages = Array.from({ length: inputs }, () => {
    const message = { case: choice.among(["ping", "raiseHand"] as const), value: {} };
    const requestId = session.nextRequestId();
    return framed(toBinary(
      ClientEnvelopeSchema,
      create(ClientEnvelopeSchema, { version: 1, requestId, message }),
    ));
  });
  await session.send(messages);
}

function leave(session: HostileSession, choice: Choice): void {
  // The others stay silent until the end of the round.
  if (!session.isOver && choice.happens(0.7)) session.hangUp();
}
