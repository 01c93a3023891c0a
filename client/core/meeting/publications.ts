import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  ErrorCode,
  type PublishStreamSchema,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { LocalStreamSender } from "../send/local_stream_sender.ts";
import type { MediaSender } from "../send/media_sender.ts";
import type { RequestCase, Requests } from "../signaling/requests.ts";
import { SignalingError } from "../signaling/signaling_error.ts";
import { type MeetingKeys, sealerOf } from "./meeting_keys.ts";
import { publishStreamMessage } from "./publication_messages.ts";
import { mayPublish } from "./source_grant.ts";

interface Publication {
  readonly stream: LocalStreamSender;
  readonly wireStreamId: string;
  /** As the controller is told. */
  readonly muted: boolean;
}

/** Asks the controller for something whose answer matters only when it is a refusal. */
export type Tell = <C extends RequestCase>(requestCase: C, value: Requests[C]) => void;

/** The own streams that a join or a resume publishes with itself, as they are at that moment. */
export class Publications {
  readonly #sender: MediaSender;
  readonly #publications: readonly Publication[];

  /** @param grants one stream too many would have the whole join refused. */
  constructor(sender: MediaSender, grants: readonly string[] | undefined) {
    this.#sender = sender;
    this.#publications = [...sender.streams]
      .filter(({ description }) => mayPublish(grants, description.type))
      .map((stream) => ({
        stream,
        wireStreamId: stream.wireStreamId ?? stream.claimWireStreamId(),
        muted: stream.muted,
      }));
  }

  get messages(): MessageInitShape<typeof PublishStreamSchema>[] {
    return this.#publications.map(({ stream, wireStreamId }) =>
      publishStreamMessage(stream, wireStreamId)
    );
  }

  /** The controller took them: what changed meanwhile is told now. */
  accepted(keys: MeetingKeys | undefined, tell: Tell): void {
    for (const { stream, wireStreamId, muted } of this.#publications) {
      // The application may have taken a stream back meanwhile.
      if (this.#sender.stream(stream.streamId) !== stream) {
        tell("unpublishStream", { streamId: wireStreamId });
        continue;
      }
      if (stream.wireStreamId !== wireStreamId) {
        this.#sender.published(stream, { wireStreamId, sealer: sealerOf(keys) });
      }
      if (stream.muted !== muted) {
        tell("updateStream", { streamId: wireStreamId, muted: stream.muted });
      }
    }
  }

  /** The request failed with `error`. */
  failed(error: unknown): void {
    // After a loss nobody knows. In a conflict one of the ids is in use, perhaps by the participant
    // that this person was before, whose leaving no controller heard.
    if (error instanceof SignalingError && error.code !== ErrorCode.CONFLICT) this.refused();
  }

  /** The controller took none of them: nobody has seen the ids of those that were new. */
  refused(): void {
    for (const { stream, wireStreamId } of this.#publications) {
      if (stream.wireStreamId === undefined) stream.releaseWireStreamId(wireStreamId);
    }
  }
}
