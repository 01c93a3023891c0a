import { fromBinary } from "@bufbuild/protobuf";
import { ServerEnvelopeSchema } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { createLogger } from "../../runtime/log.ts";
import type { ModerationAction } from "../facts/meeting_facts.ts";
import type { MeetingContext, StateNotes } from "../meeting/meeting_context.ts";
import type { MeetingSettings } from "../meeting/meeting_settings.ts";
import { Roster } from "../meeting/roster.ts";
import type { ServerMessage } from "../meeting/server_message.ts";
import type { CloseCode } from "../participant/close_code.ts";
import { GRANTS } from "../participant/grant.ts";
import {
  type Identity,
  Participant,
  type ParticipantConnection,
  WIRE_ROLES,
} from "../participant/participant.ts";
import { restoreMeeting } from "../state/meeting_fields.ts";
import type { RestoredMeeting } from "../state/restored_meeting.ts";
import { ManualClock } from "./manual_clock.ts";
import type { ServerCase, ValueOf } from "./signaling_client.ts";

/** A connection that keeps what was sent, and how it was closed. */
export class KeptConnection implements ParticipantConnection {
  readonly closedByPeer = Promise.resolve(false);
  readonly sent: { case: ServerCase; value: unknown }[] = [];
  closeCode: CloseCode | undefined;

  send(bytes: Uint8Array<ArrayBuffer>): void {
    const lengthBytes = 4;
    const { message } = fromBinary(ServerEnvelopeSchema, bytes.subarray(lengthBytes));
    if (message.case !== undefined) this.sent.push(message);
  }

  close(code: CloseCode): void {
    this.closeCode = code;
  }

  /** All that came of that kind, taken out. */
  take<Case extends ServerCase>(kind: Case): ValueOf<Case>[] {
    const taken = this.sent.filter((message) => message.case === kind);
    this.sent.splice(0, Infinity, ...this.sent.filter((message) => message.case !== kind));
    return taken.map(({ value }) => value as ValueOf<Case>);
  }
}

/** Somebody on the roster whose connection keeps what came. */
export type StagedParticipant = Participant & { readonly connection: KeptConnection };

/** What the parts of a meeting share, without sessions, media and stores, for their own tests. */
export class ContextStage implements MeetingContext {
  readonly meetingId = crypto.randomUUID();
  readonly clock = new ManualClock();
  readonly log = createLogger("test");
  readonly roster = new Roster(1n);
  /** What is stored, by field. */
  readonly fields = new Map<string, Uint8Array>();
  readonly notes: StateNotes = {
    set: (field, bytes) => void this.fields.set(field, bytes),
    remove: (field) => void this.fields.delete(field),
  };
  /** All that was recorded, in order. */
  readonly recorded: ModerationAction[] = [];
  /** Records wait for it; its rejection is theirs. */
  recording: Promise<void> = Promise.resolve();
  /** How often the record of the meeting was noted. */
  meetingSaves = 0;
  #settings: MeetingSettings;

  constructor(settings: Partial<MeetingSettings> = {}) {
    this.#settings = {
      displayName: "Stand-up",
      maxParticipants: 100,
      e2eEncryption: false,
      locked: false,
      lobbyEnabled: false,
      ...settings,
    };
  }

  settings(): MeetingSettings {
    return this.#settings;
  }

  changeSettings(change: Partial<MeetingSettings>): void {
    this.#settings = { ...this.#settings, ...change };
  }

  tell(receiver: { readonly connection: ParticipantConnection }, message: ServerMessage): void {
    this.roster.tell(receiver, message);
  }

  saveMeeting(): void {
    this.meetingSaves++;
  }

  save(): void {}

  announce(participant: Participant): void {
    const { id: participantId, role, handRaised, connectionState: connection } = participant;
    this.roster.broadcast({
      case: "participantUpdated",
      value: { participantId, role: WIRE_ROLES[role], handRaised, connection },
    });
  }

  async record(actions: readonly ModerationAction[]): Promise<void> {
    await this.recording;
    this.recorded.push(...actions);
  }

  /** Resolves once everything that is due by itself has happened. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  /** What a new owner reads of the stored fields. */
  restored(): RestoredMeeting | undefined {
    return restoreMeeting({ fields: this.fields, nowMs: 0 }, this.log);
  }

  /** Adds somebody to the roster: with all grants, a participant, unless told otherwise. */
  join(name: string, identity: Partial<Identity> = {}): StagedParticipant {
    const connection = new KeptConnection();
    const joinedAt = this.clock.wallNow();
    const participant = new Participant(
      stagedIdentity(identity),
      name,
      joinedAt,
      undefined,
      connection,
    );
    this.roster.add(participant);
    return participant as StagedParticipant;
  }
}

/** Somebody with all grants and nothing else. */
export function stagedIdentity(identity: Partial<Identity> = {}): Identity {
  return {
    participantId: crypto.randomUUID(),
    role: "participant",
    grants: new Set(GRANTS),
    name: undefined,
    userId: "",
    userReference: "",
    tokenId: crypto.randomUUID(),
    guestId: "",
    network: "",
    mustKnock: false,
    ...identity,
  };
}
