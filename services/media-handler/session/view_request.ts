import type { ViewRequest } from "../../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import { isUuid } from "../../../proto/media_frame/uuid.ts";
import type { StreamViewRequest } from "../egress/stream_view.ts";
import { MAX_VIEWS } from "../limits.ts";

/** A view request that no honest client sends. */
export class InvalidViews extends Error {
  override readonly name = "InvalidViews";
}

/**
 * How a client looks at its streams, most important first. Streams that it does not receive (any
 * more) are no fault: what is on screen and what is sent change on different ways.
 *
 * @throws {InvalidViews} when there are too many, an id is none, or one is named twice.
 */
export function readViews({ views }: ViewRequest): StreamViewRequest[] {
  if (views.length > MAX_VIEWS) throw new InvalidViews(`more than ${MAX_VIEWS} views`);
  const seen = new Set<string>();
  return views.map(({ streamId, width, height, maxBitrate, focused }) => {
    if (!isUuid(streamId)) throw new InvalidViews("stream_id is no UUID");
    if (seen.has(streamId)) throw new InvalidViews("a stream is named twice");
    seen.add(streamId);
    return { streamId, width, height, maxBitrateBps: maxBitrate, focused };
  });
}
