import type { LocalStreamSender } from "../send/local_stream_sender.ts";
import type { MediaSender } from "../send/media_sender.ts";
import type { Answers, RequestCase, Requests } from "../signaling/requests.ts";
import type { SignalingClient } from "../signaling/signaling_client.ts";
import { type WaitOptions, withDeadline } from "../transport/deadline.ts";
import { type ContentAddress, encodeContent, type SpokenContent } from "../talk/content.ts";
import { type MeetingKeys, sealerOf } from "./meeting_keys.ts";
import { MeetingActionError } from "./meeting_actions.ts";
import { publishStreamMessage } from "./publication_messages.ts";
import type { SubscribeOptions } from "./stream_view.ts";

/** How long the controller may take to take note of a leave, milliseconds. */
export const LEAVE_DEADLINE_MS = 1_000;

/**
 * What a participant may ask of its controller. Each resolves when it is granted.
 *
 * @throws {SignalingError} when it is refused.
 */
export class ParticipantRequests {
  readonly #signaling: SignalingClient;
  readonly #keys: MeetingKeys | undefined;
  readonly #sender: MediaSender;

  constructor(options: {
    readonly signaling: SignalingClient;
    readonly keys: MeetingKeys | undefined;
    readonly sender: MediaSender;
  }) {
    this.#signaling = options.signaling;
    this.#keys = options.keys;
    this.#sender = options.sender;
  }

  request<C extends RequestCase>(requestCase: C, value: Requests[C]): Promise<Answers[C]> {
    return this.#signaling.request(requestCase, value);
  }

  seal(_address: ContentAddress, content: SpokenContent): Promise<Uint8Array> {
    if (this.#keys !== undefined) {
      return Promise.reject(new MeetingActionError("unavailable", "this meeting is encrypted"));
    }
    return Promise.resolve(encodeContent(content));
  }

  /** Publishes one more stream. */
  async publish(stream: LocalStreamSender): Promise<void> {
    const wireStreamId = stream.claimWireStreamId();
    await this.#signaling.request("publishStream", publishStreamMessage(stream, wireStreamId), {
      onAnswer: () =>
        this.#sender.published(stream, { wireStreamId, sealer: sealerOf(this.#keys) }),
    });
  }

  async unpublish(wireStreamId: string): Promise<void> {
    await this.#signaling.request("unpublishStream", { streamId: wireStreamId });
  }

  async updateStream(wireStreamId: string, muted: boolean): Promise<void> {
    await this.#signaling.request("updateStream", { streamId: wireStreamId, muted });
  }

  async subscribe(streamId: string, options: SubscribeOptions): Promise<void> {
    const { preferredLayer = "", maxBitrateBps = 0 } = options;
    await this.#signaling.request("subscribeStream", {
      streamId,
      options: { preferredLayer, maxBitrate: Math.round(maxBitrateBps) },
    });
  }

  async unsubscribe(streamId: string): Promise<void> {
    await this.#signaling.request("unsubscribeStream", { streamId });
  }

  /** Tells the controller that this participant leaves; waits a moment at most. */
  async leave(wait: WaitOptions): Promise<void> {
    await withDeadline(this.#signaling.request("leaveRequest", {}), LEAVE_DEADLINE_MS, wait);
  }
}
