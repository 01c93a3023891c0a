import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { ContentAddress } from "../crypto/message_protection.ts";
import type { LocalStreamSender } from "../send/local_stream_sender.ts";
import type { MediaSender } from "../send/media_sender.ts";
import type { Answers, RequestCase, Requests } from "../signaling/requests.ts";
import { SignalingError } from "../signaling/signaling_error.ts";
import type { SpokenContent } from "../talk/content.ts";
import type { Talk } from "../talk/talk.ts";
import { type WaitOptions, withDeadline } from "../transport/deadline.ts";
import type { ControllerLink } from "./controller_link.ts";
import { type MeetingKeys, sealerOf } from "./meeting_keys.ts";
import type { Actor } from "./participant_actions.ts";
import { publishStreamMessage } from "./publication_messages.ts";
import type { SubscribeOptions } from "./stream_view.ts";

/** How long the controller may take to take note of a leave, milliseconds. */
export const LEAVE_DEADLINE_MS = 1_000;

/**
 * What a participant may ask of its controller, wherever that is. Each resolves when it is granted.
 *
 * @throws {SignalingError} when it is refused.
 */
export class ParticipantRequests implements Actor {
  readonly #link: ControllerLink;
  readonly #keys: MeetingKeys | undefined;
  readonly #sender: MediaSender;
  readonly #talk: Talk;

  constructor(options: {
    readonly link: ControllerLink;
    readonly keys: MeetingKeys | undefined;
    readonly sender: MediaSender;
    readonly talk: Talk;
  }) {
    this.#link = options.link;
    this.#keys = options.keys;
    this.#sender = options.sender;
    this.#talk = options.talk;
  }

  request<C extends RequestCase>(requestCase: C, value: Requests[C]): Promise<Answers[C]> {
    return this.#link.request(requestCase, value);
  }

  seal(address: ContentAddress, content: SpokenContent): Promise<Uint8Array> {
    return this.#talk.seal(address, content);
  }

  /** Publishes one more stream. When the session is lost meanwhile, its resume publishes it. */
  async publish(stream: LocalStreamSender): Promise<void> {
    const wireStreamId = stream.claimWireStreamId();
    try {
      await this.#publishAs(wireStreamId, stream);
    } catch (error) {
      // The application's id may be in use by the participant that this person was before.
      const inUse = error instanceof SignalingError && error.code === ErrorCode.CONFLICT;
      if (!inUse || wireStreamId !== stream.streamId) throw error;
      await this.#publishAs(stream.claimWireStreamId(), stream);
    }
  }

  /** When the session is lost meanwhile, its resume does not publish the stream any more. */
  async unpublish(wireStreamId: string): Promise<void> {
    await this.#link.request("unpublishStream", { streamId: wireStreamId }, { resend: false });
  }

  /** When the session is lost meanwhile, its resume tells. */
  async updateStream(wireStreamId: string, muted: boolean): Promise<void> {
    await this.#link.request("updateStream", { streamId: wireStreamId, muted }, { resend: false });
  }

  /** Takes back that a moderator muted a stream; from the answer on it is forwarded again. */
  async unmute(wireStreamId: string): Promise<void> {
    await this.#link.request("updateStream", { streamId: wireStreamId, muted: false });
  }

  async subscribe(streamId: string, options: SubscribeOptions): Promise<void> {
    const { preferredLayer = "", maxBitrateBps = 0 } = options;
    await this.#link.request("subscribeStream", {
      streamId,
      options: { preferredLayer, maxBitrate: Math.round(maxBitrateBps) },
    });
  }

  async unsubscribe(streamId: string): Promise<void> {
    await this.#link.request("unsubscribeStream", { streamId });
  }

  /** Tells the controller that this participant leaves; waits a moment at most. */
  async leave(wait: WaitOptions): Promise<void> {
    await withDeadline(this.#link.request("leaveRequest", {}), LEAVE_DEADLINE_MS, wait);
  }

  async #publishAs(wireStreamId: string, stream: LocalStreamSender): Promise<void> {
    await this.#link.request("publishStream", publishStreamMessage(stream, wireStreamId), {
      resend: false,
      onAnswer: () =>
        this.#sender.published(stream, { wireStreamId, sealer: sealerOf(this.#keys) }),
    });
  }
}
