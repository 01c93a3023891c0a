import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import type { MediaHandlerService } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type { Clock } from "../clock.ts";
import type { MediaRouter } from "../routing/media_router.ts";
import { RoutingError, type RoutingErrorReason } from "../routing/routing_error.ts";
import { reportStream } from "../telemetry/report_stream.ts";
import { readRouteCommand, requireUuid } from "./route_command_message.ts";

const CODES: Record<RoutingErrorReason, Code> = {
  "unknown-meeting": Code.NotFound,
  "conflict": Code.AlreadyExists,
  "capacity": Code.ResourceExhausted,
  // No other reason has this code: whoever gets it has lost the meeting.
  "stale": Code.FailedPrecondition,
};

/**
 * What a meeting controller may ask of a media handler (internal.proto). RouteMedia, and
 * KeepParticipants for anybody, answer NOT_FOUND for a meeting without registered participants:
 * after a restart of this process the meeting controller has to register them again. Each command
 * of an owner with a lower epoch than another had answers FAILED_PRECONDITION, and does nothing.
 *
 * @param options.publicUrl where clients connect, such as https://127.0.0.1:4434.
 */
export function mediaHandlerService(options: {
  router: MediaRouter;
  clock: Clock;
  publicUrl: string;
}): ServiceImpl<typeof MediaHandlerService> {
  const { router, clock, publicUrl } = options;
  /** Runs a command of the meeting's owner. */
  const command = <Result>(
    { meetingId, epoch }: { meetingId: string; epoch: bigint },
    run: () => Result,
  ): Result => {
    requireUuid("meeting_id", meetingId);
    return withCodes(() => {
      router.obey(meetingId, epoch);
      return run();
    });
  };
  return {
    registerParticipant(request) {
      const { participantId, meetingId, e2eEncryption } = request;
      requireUuid("participant_id", participantId);
      return command(request, () => ({
        connectionToken: router.register({ meetingId, participantId, e2eEncryption }),
        mediaHandlerUrl: publicUrl,
      }));
    },
    removeParticipant(request) {
      command(request, () => router.remove(request.meetingId, request.participantId));
      return {};
    },
    keepParticipants(request) {
      return command(request, () => ({
        connectionTokens: router.keep(request.meetingId, request.participantIds),
        mediaHandlerUrl: publicUrl,
      }));
    },
    routeMedia(request) {
      const parsed = request.commands.map(readRouteCommand);
      command(request, () => router.route(request.meetingId, parsed));
      return {};
    },
    streamTelemetry: (_request, { signal }) => reportStream(router, clock, signal),
  };
}

function withCodes<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof RoutingError)) throw error;
    throw new ConnectError(error.message, CODES[error.reason]);
  }
}
