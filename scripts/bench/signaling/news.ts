import type { ServerEnvelope } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Deed } from "./deeds.ts";

/** Names of events by what they say, alike where a deed is done and where it is heard of. */
export const news = {
  muted: (streamId: string, muted: boolean) => `muted ${streamId} ${muted}`,
  hand: (participantId: string, raised: boolean) => `hand ${participantId} ${raised}`,
  message: (messageId: string) => `message ${messageId}`,
  reaction: (content: string) => `reaction ${content}`,
  published: (streamId: string) => `published ${streamId}`,
  unpublished: (streamId: string) => `unpublished ${streamId}`,
};

/** The name of what an event says; undefined when no deed leads to such events. */
export function newsOf(message: ServerEnvelope["message"]): string | undefined {
  switch (message.case) {
    case "streamUpdated": {
      const { stream } = message.value;
      return stream && news.muted(stream.streamId, stream.muted);
    }
    case "participantUpdated":
      return news.hand(message.value.participantId, message.value.handRaised > 0n);
    case "messageReceived":
      return news.message(message.value.messageId);
    case "reactionReceived":
      return news.reaction(new TextDecoder().decode(message.value.content));
    case "streamPublished":
      return message.value.stream && news.published(message.value.stream.streamId);
    case "streamUnpublished":
      return news.unpublished(message.value.streamId);
    default:
      return undefined;
  }
}

/** What somebody has still to hear of. The same news may be expected twice; they come in order. */
export class ExpectedNews {
  readonly #deeds = new Map<string, Deed[]>();

  expect(name: string, deed: Deed): void {
    const waiting = this.#deeds.get(name);
    if (waiting === undefined) this.#deeds.set(name, [deed]);
    else waiting.push(deed);
  }

  /** The deed of which this tells, which is expected no more; undefined: nobody waited for it. */
  hear(name: string): Deed | undefined {
    const waiting = this.#deeds.get(name);
    const deed = waiting?.shift();
    if (waiting?.length === 0) this.#deeds.delete(name);
    return deed;
  }

  clear(): void {
    this.#deeds.clear();
  }
}
