import { create } from "@bufbuild/protobuf";
import { MeetingRecordSchema } from "../../../proto/gen/dark_tower/internal/v1/meeting_state_pb.ts";
import type { MediaServerInfo } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Logger } from "../../runtime/log.ts";
import type { Clock } from "../clock.ts";
import type { MeetingEvents } from "../events/meeting_events.ts";
import { Lobby } from "../lobby/lobby.ts";
import { Bans } from "../moderation/bans.ts";
import { Deeds } from "../moderation/deeds.ts";
import { GivenRoles } from "../moderation/given_roles.ts";
import { Moderation } from "../moderation/moderation.ts";
import type { Participant } from "../participant/participant.ts";
import type { MediaHandlers } from "../placement/media_handlers.ts";
import { MeetingMedia } from "../placement/meeting_media.ts";
import { type MeetingField, storedParticipant, storedRecord } from "../state/meeting_fields.ts";
import { Hands } from "../talk/hands.ts";
import { Messages } from "../talk/messages.ts";
import { Polls } from "../talk/polls.ts";
import { Reactions } from "../talk/reactions.ts";
import { Revocations } from "../token/revocations.ts";
import { AttendanceReports } from "./attendance_reports.ts";
import type { Closing } from "./closing.ts";
import { Entrance } from "./entrance.ts";
import { EntryRules } from "./entry_rules.ts";
import { FactsRenewal } from "./facts_renewal.ts";
import { participantRecord } from "./meeting_record.ts";
import { MeetingState } from "./meeting_state.ts";
import { MeetingStreams } from "./meeting_streams.ts";
import { Sessions } from "./sessions.ts";
import type { Tenure } from "./tenure.ts";
import { welcome } from "./welcome.ts";

/** What a meeting stands on. */
export interface MeetingEnvironment {
  readonly mediaHandlers: MediaHandlers;
  readonly events: MeetingEvents;
  readonly clock: Clock;
  readonly log: Logger;
  /**
   * Whether this process takes one participant more; `isFirst`: into a meeting that nobody is in.
   *
   * @throws {Refusal} CAPACITY_EXCEEDED.
   */
  readonly checkCapacity: (isFirst: boolean) => void;
}

/** Everything in a meeting, put together. */
export class MeetingParts {
  readonly bans: Bans;
  readonly roles: GivenRoles;
  readonly rules: EntryRules;
  readonly state: MeetingState;
  readonly media: MeetingMedia;
  readonly streams: MeetingStreams;
  readonly sessions: Sessions;
  readonly entrance: Entrance;
  readonly hands: Hands;
  readonly messages: Messages;
  readonly reactions: Reactions;
  readonly polls: Polls;
  readonly lobby: Lobby;
  readonly moderation: Moderation;
  readonly factsRenewal: FactsRenewal;

  constructor(
    meetingId: string,
    private readonly tenure: Tenure,
    { mediaHandlers, events, clock, log: baseLog, checkCapacity }: MeetingEnvironment,
    closing: Closing,
  ) {
    const { epoch, known } = tenure;
    const log = baseLog.with({ meetingId });
    const settings = () => this.state.settings();
    this.bans = new Bans(known.bans);
    this.roles = new GivenRoles(known.roles);
    const { bans, roles } = this;
    this.rules = new EntryRules({ revocations: new Revocations({ clock }), bans, roles, settings });
    const context = this.state = new MeetingState({
      meetingId,
      tenure,
      clock,
      log,
      meetingField: () => this.meetingField(),
      participantField: (participant) => this.participantField(participant),
    });
    const media = this.media = new MeetingMedia({
      meetingId,
      epoch,
      e2eEncryption: () => settings().e2eEncryption,
      handlers: mediaHandlers,
      plan: {
        streamsOf: (id) => [...(context.roster.findSession(id)?.streams.values() ?? [])],
        routes: () => this.streams.routes(),
        placed: () => context.saveMeeting(),
        moved: (id, server) => this.#onMoved(id, server),
      },
      onStale: () => tenure.superseded(),
      clock,
      log,
    });
    const streams = this.streams = new MeetingStreams(
      context.roster,
      media,
      (participant) => context.save(participant),
    );
    this.hands = new Hands(context);
    this.messages = new Messages(context);
    this.reactions = new Reactions(context);
    this.polls = new Polls(context);
    const sessions = this.sessions = new Sessions({
      context,
      epoch,
      media,
      streams,
      roles,
      rules: this.rules,
      reports: new AttendanceReports({ meetingId, epoch, events, clock }),
      lastMessageNumber: () => this.messages.lastNumber,
      welcome: (participant, arrival) => welcome(this, tenure, participant, arrival),
      closing,
      storeNow: () => tenure.storeNow(),
    });
    const deeds = new Deeds(context);
    const lobby = this.lobby = new Lobby(context, deeds);
    const entrance = this.entrance = new Entrance({
      context,
      rules: this.rules,
      media,
      streams,
      sessions,
      lobby,
      closing,
      checkCapacity: () => checkCapacity(context.roster.size === 0),
    });
    this.moderation = new Moderation(context, {
      deeds,
      bans,
      roles,
      lobby,
      hands: this.hands,
      streams,
      eject: (id, reason, code) => entrance.eject(id, code, reason),
    });
    const load = () => tenure.loadFacts();
    this.factsRenewal = new FactsRenewal({ load, bans, roles, clock, log });
  }

  /** The meeting's own record, as it is stored. */
  meetingField(): MeetingField {
    return storedRecord(create(MeetingRecordSchema, {
      e2eEncryption: this.state.settings().e2eEncryption,
      mediaHandlerId: this.media.handlerId ?? "",
      lastMessageNumber: this.messages.lastNumber,
      lastHandNumber: this.hands.lastNumber,
    }));
  }

  /** A participant's record, as it is stored. */
  participantField(participant: Participant): MeetingField {
    const subscriptions = this.streams.subscriptionsOf(participant.id);
    return storedParticipant(participantRecord(participant, subscriptions));
  }

  /** All that is stored, as it is now. */
  fields(): Map<string, Uint8Array> {
    return new Map([
      this.meetingField(),
      ...this.state.roster.sessions().map((participant) => this.participantField(participant)),
      ...this.messages.fields(),
      ...this.polls.fields(),
    ]);
  }

  #onMoved(participantId: string, server: MediaServerInfo): void {
    if (this.entrance.admission.moved(participantId, server)) return;
    const participant = this.state.roster.findSession(participantId);
    if (participant === undefined) return;
    this.state.tell(participant, { case: "mediaServerChanged", value: server });
  }
}
