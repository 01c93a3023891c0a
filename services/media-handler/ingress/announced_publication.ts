import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { StreamHeader } from "../../../proto/media_stream/stream_header.ts";
import { MAX_SPATIAL_LAYERS, UNKNOWN_STREAM_WAIT_MS } from "../limits.ts";
import type { Membership } from "../routing/media_router.ts";
import type { Publication } from "../routing/publication.ts";
import { type PublisherSession, StreamRefused } from "./publisher_session.ts";

/**
 * The publication that a stream with `header` belongs to, as soon as a route announces it.
 *
 * @throws {StreamRefused} when none does in time, or the session may not publish there.
 */
export async function announcedPublication(
  header: StreamHeader,
  membership: Membership,
  session: Pick<PublisherSession, "clock" | "signal">,
): Promise<Publication> {
  const { meeting, participant } = membership;
  const { streamId, spatialLayer } = header;
  if (meeting.publication(streamId) === undefined) await route(membership, streamId, session);
  const publication = meeting.publication(streamId);
  if (publication === undefined) {
    throw new StreamRefused(ErrorCode.STREAM_ERROR, "the stream was not published");
  }
  if (publication.publisherId !== participant.id) {
    throw new StreamRefused(ErrorCode.FORBIDDEN, "the stream is another participant's");
  }
  if (spatialLayer >= (publication.isAudio ? 1 : MAX_SPATIAL_LAYERS)) {
    throw new StreamRefused(ErrorCode.STREAM_ERROR, `spatial layer ${spatialLayer}`);
  }
  return publication;
}

/** Waits for a route that announces the stream, for a bounded time. */
async function route(
  { meeting }: Membership,
  streamId: string,
  { clock, signal }: Pick<PublisherSession, "clock" | "signal">,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancelDeadline = clock.after(UNKNOWN_STREAM_WAIT_MS, resolve);
  const cancelWait = meeting.whenAnnounced(streamId, resolve);
  const stop = () => resolve();
  signal.addEventListener("abort", stop, { once: true });
  await promise;
  signal.removeEventListener("abort", stop);
  cancelDeadline();
  cancelWait();
}
