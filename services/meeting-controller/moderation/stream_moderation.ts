import {
  ErrorCode,
  type MediaStream,
  StreamType,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { MeetingContext } from "../meeting/meeting_context.ts";
import { Refusal } from "../meeting/refusal.ts";
import type { PublishedStream } from "../meeting/roster.ts";
import type { Participant } from "../participant/participant.ts";
import type { Deeds } from "./deeds.ts";
import { asSubject, checkMeetingDeed, findSubject, othersThan, stillHere } from "./subjects.ts";
import { UnmuteRequests } from "./unmute_requests.ts";

/** What moderators do to streams at the media handler; `MeetingStreams` fits. */
export interface ModeratedStreams {
  /** Mutes the stream, has the media handler forward nothing of it, and tells everyone. */
  silence(published: PublishedStream, silenced: boolean): void;
  /** Unpublishes another's stream; everyone is told that a moderator did, also its publisher. */
  stop(published: PublishedStream): void;
}

/** The kinds of streams that moderators mute. */
export type MutableStreamType = typeof StreamType.AUDIO | typeof StreamType.VIDEO_CAMERA;

/** A kind of stream as records name it. */
const STREAM_NAMES: Readonly<Record<StreamType, string>> = {
  [StreamType.AUDIO]: "audio",
  [StreamType.VIDEO_CAMERA]: "camera",
  [StreamType.VIDEO_SCREEN]: "screen",
  [StreamType.AUDIO_SCREEN]: "screen-audio",
};

/** What hosts and co-hosts do to the streams of others. */
export class StreamModeration {
  readonly #unmuteRequests: UnmuteRequests;

  constructor(
    private readonly context: MeetingContext,
    private readonly deeds: Deeds,
    private readonly streams: ModeratedStreams,
  ) {
    this.#unmuteRequests = new UnmuteRequests(context.clock);
  }

  /**
   * Mutes these until they unmute themselves. What its owner muted already is the moderator's then.
   *
   * @throws {Refusal} FORBIDDEN, NOT_FOUND when none of them is here, UNAVAILABLE.
   */
  async mute(
    actor: Participant,
    participantIds: readonly string[],
    type: MutableStreamType,
  ): Promise<void> {
    await this.deeds.run(actor, () => {
      const here = participantIds.filter((id) => this.context.roster.find(id) !== undefined);
      // Those who left just now do not keep the others from being muted.
      const subjects = (here.length > 0 ? here : participantIds)
        .map((id) => findSubject(this.context, actor, "mute", id))
        .filter((subject) => unsilenced(subject, type).length > 0);
      if (subjects.length === 0) return undefined;
      return {
        deeds: subjects.map((subject) => ({
          deed: { action: "mute", detail: STREAM_NAMES[type] },
          subject: asSubject(subject),
        })),
        apply: () => this.#mute(subjects, type),
      };
    });
  }

  /**
   * Mutes everyone but the actor and those who moderate.
   *
   * @throws {Refusal} FORBIDDEN, UNAVAILABLE.
   */
  async muteAll(actor: Participant, type: MutableStreamType): Promise<void> {
    await this.deeds.run(actor, () => {
      checkMeetingDeed(actor, "mute_all");
      const subjects = othersThan(this.context, actor).filter((other) =>
        !other.isModerator && unsilenced(other, type).length > 0
      );
      if (subjects.length === 0) return undefined;
      return {
        deeds: [{ deed: { action: "mute", detail: STREAM_NAMES[type] } }],
        // Who came while it was recorded is not meant.
        apply: () => this.#mute(subjects, type),
      };
    });
  }

  /** @throws {Refusal} FORBIDDEN, NOT_FOUND, RATE_LIMITED. */
  askToUnmute(actor: Participant, participantId: string, streamType: MutableStreamType): void {
    const subject = findSubject(this.context, actor, "ask_to_unmute", participantId);
    this.#unmuteRequests.check(actor.id, subject.id);
    this.context.tell(subject, {
      case: "unmuteAsked",
      value: { participantId: actor.id, streamType },
    });
  }

  /**
   * Ends another's stream, such as a shared screen.
   *
   * @throws {Refusal} FORBIDDEN, NOT_FOUND, UNAVAILABLE.
   */
  async stop(actor: Participant, streamId: string): Promise<void> {
    const { roster } = this.context;
    await this.deeds.run(actor, () => {
      const published = roster.findStream(streamId);
      if (published === undefined) throw new Refusal(ErrorCode.NOT_FOUND, "no such stream");
      const subject = findSubject(this.context, actor, "stop_stream", published.publisher.id);
      const detail = STREAM_NAMES[published.stream.streamType];
      return {
        deeds: [{ deed: { action: "stop_stream", detail }, subject: asSubject(subject) }],
        apply: () => {
          const now = roster.findStream(streamId);
          if (now?.publisher.id === subject.id) this.streams.stop(now);
        },
      };
    });
  }

  #mute(subjects: readonly Participant[], type: MutableStreamType): void {
    for (const publisher of stillHere(this.context, subjects)) {
      for (const stream of unsilenced(publisher, type)) {
        this.streams.silence({ publisher, stream }, true);
      }
    }
  }
}

function unsilenced({ streams }: Participant, type: MutableStreamType): MediaStream[] {
  return [...streams.values()].filter(({ streamType, mutedByModerator }) =>
    streamType === type && !mutedByModerator
  );
}
