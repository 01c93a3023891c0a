import { Code, ConnectError } from "@connectrpc/connect";
import {
  RouteChange,
  type RouteMediaCommand,
} from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import { isUuid } from "../../../proto/media_frame/uuid.ts";
import type { RouteCommand } from "../routing/route_command.ts";
import { readLadder } from "./ladder_message.ts";

/**
 * The route command that a meeting controller sent.
 *
 * @throws {ConnectError} invalid-argument, or unimplemented for transcoding and mixing.
 */
export function readRouteCommand(message: RouteMediaCommand): RouteCommand {
  const { sourceStreamId: streamId, destinationParticipantIds: destinations } = message;
  const { options, silenced } = message;
  requireUuid("source_stream_id", streamId);
  for (const id of destinations) requireUuid("destination_participant_ids", id);
  if (options?.transcode || options?.mixAudio) {
    throw new ConnectError("encrypted media is neither transcoded nor mixed", Code.Unimplemented);
  }
  switch (message.change) {
    case RouteChange.UNSPECIFIED:
    case RouteChange.ADD_DESTINATIONS:
      requireUuid("source_participant_id", message.sourceParticipantId);
      return {
        change: message.change === RouteChange.UNSPECIFIED ? "set" : "add",
        streamId,
        publisherId: message.sourceParticipantId,
        type: message.streamType,
        destinations,
        silenced,
        options: readOptions(message),
        ladder: readLadder(message.streamMetadata, message.streamType),
      };
    case RouteChange.REMOVE_DESTINATIONS:
      return { change: "remove", streamId, destinations, silenced };
    case RouteChange.SILENCE:
      return { change: "silence", streamId, silenced };
    case RouteChange.REMOVE_ROUTE:
      return { change: "remove-route", streamId };
    default:
      throw new ConnectError(`route change ${message.change}`, Code.InvalidArgument);
  }
}

function readOptions({ subscriptionOptions: options }: RouteMediaCommand) {
  if (options === undefined) return undefined;
  return { preferredLayer: options.preferredLayer, maxBitrateBps: options.maxBitrate };
}

/** @throws {ConnectError} invalid-argument when `value` is no UUID. */
export function requireUuid(field: string, value: string): void {
  if (!isUuid(value)) throw new ConnectError(`${field} is no UUID`, Code.InvalidArgument);
}
