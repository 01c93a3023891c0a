import {
  type JoinResponse,
  type MediaStream,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { MediaReceiver } from "../receive/media_receiver.ts";
import type { StreamSource } from "../receive/stream_source.ts";
import type { SignalingEvent } from "../signaling/requests.ts";
import { SignalingError } from "../signaling/signaling_error.ts";
import type { Talk } from "../talk/talk.ts";
import { followEvent, memberOf } from "./key_events.ts";
import { streamQualityOf } from "./media_control_messages.ts";
import type { MeetingNotices } from "./meeting_actions.ts";
import type { MeetingKeys } from "./meeting_keys.ts";
import type { MeetingLog } from "./meeting_log.ts";
import { streamTypeOf } from "./roster.ts";
import {
  INITIAL_SHARED_STATE,
  reduceSharedState,
  type SharedState,
  sharedStateOf,
} from "./shared_state.ts";
import type { StreamQuality } from "./stream_quality.ts";

/** What a participant is told of its meeting. */
export interface MeetingViewHooks {
  onShared(shared: SharedState): void;
  /** Own streams as the controller has them; ids are those on the wire. */
  onOwnStreams(streams: readonly MediaStream[]): void;
  /** A moderator ended an own stream. */
  onOwnStreamStopped(wireStreamId: string): void;
  /** The stream id is that on the wire. */
  onStreamQuality(quality: StreamQuality): void;
  onUnmuteAsked: NonNullable<MeetingNotices["onUnmuteAsked"]>;
}

/** What a view needs. */
export interface MeetingViewOptions {
  /** Oneself. */
  readonly selfId: string;
  readonly keys: MeetingKeys | undefined;
  readonly receiver: MediaReceiver;
  readonly talk: Talk;
  readonly hooks: MeetingViewHooks;
  readonly log: MeetingLog;
}

/**
 * What one participant knows of its meeting, from the answer to its join or resume and the events
 * after it; keys, receiver and talk follow it.
 */
export class MeetingView {
  readonly #options: MeetingViewOptions;
  #shared: SharedState = INITIAL_SHARED_STATE;

  constructor(options: MeetingViewOptions) {
    this.#options = options;
  }

  /** The participant came in. */
  joined(response: JoinResponse): void {
    const { keys, talk } = this.#options;
    keys?.addMembers(this.#others(response).map(memberOf), "present");
    this.#set(sharedStateOf(response));
    talk.joined(response.lastMessageNumber, response.polls);
    if (response.self !== undefined) this.#options.hooks.onOwnStreams(response.self.streams);
  }

  /** The participant is back: who came and went meanwhile, did so for the keys, too. */
  resumed(response: JoinResponse): void {
    const { keys, talk, hooks } = this.#options;
    const others = this.#others(response);
    if (keys !== undefined) {
      const known = new Set(this.#shared.participants.map(({ id }) => id));
      const present = new Set(others.map(({ participantId }) => participantId));
      for (const id of known) if (!present.has(id)) keys.removeMember(id);
      const [returned, joined] = partition(others, ({ participantId }) => known.has(participantId));
      keys.addMembers(joined.map(memberOf), "joined");
      for (const member of returned.map(memberOf)) {
        keys.updateMemberKey(member.participantId, member.publicKey);
      }
    }
    this.#set(sharedStateOf(response));
    talk.standing(response.polls);
    if (response.self !== undefined) hooks.onOwnStreams(response.self.streams);
  }

  follow(event: SignalingEvent): void {
    const { keys, talk, log, selfId } = this.#options;
    if (keys !== undefined && !this.#isOwnArrival(event)) followEvent(keys, event, log);
    talk.follow(event);
    this.#followOwn(event);
    const shared = reduceSharedState(this.#shared, event, selfId);
    if (shared !== this.#shared) this.#set(shared);
  }

  /** What concerns oneself alone. */
  #followOwn(event: SignalingEvent): void {
    const { hooks, log, selfId } = this.#options;
    switch (event.case) {
      case "streamUpdated": {
        const { participantId, stream } = event.value;
        if (participantId === selfId && stream !== undefined) hooks.onOwnStreams([stream]);
        break;
      }
      case "streamUnpublished": {
        const { participantId, streamId, stoppedByModerator } = event.value;
        if (participantId === selfId && stoppedByModerator) hooks.onOwnStreamStopped(streamId);
        break;
      }
      case "unmuteAsked": {
        const type = streamTypeOf(event.value.streamType);
        if (type !== "audio" && type !== "camera") break;
        hooks.onUnmuteAsked({ participantId: event.value.participantId, type });
        break;
      }
      case "streamQualityUpdate":
        hooks.onStreamQuality(streamQualityOf(event.value.streamId, event.value));
        break;
      case "error":
        log.warn("controller reports an error", { error: new SignalingError(event.value) });
        break;
      default:
    }
  }

  #set(shared: SharedState): void {
    const changed = shared.participants !== this.#shared.participants;
    this.#shared = shared;
    if (changed) this.#options.receiver.setSources(shared.participants.flatMap(sourcesOf));
    this.#options.hooks.onShared(shared);
  }

  #others({ existingParticipants }: JoinResponse) {
    return existingParticipants.filter(({ participantId }) =>
      participantId !== this.#options.selfId
    );
  }

  #isOwnArrival(event: SignalingEvent): boolean {
    return event.case === "participantJoined" &&
      event.value.participant?.participantId === this.#options.selfId;
  }
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function sourcesOf(participant: SharedState["participants"][number]): StreamSource[] {
  return participant.streams.map(({ streamId, type, codec }) => ({
    participantId: participant.id,
    streamId,
    type,
    codec,
  }));
}
