import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import type { MediaHandlerService } from "../../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import type { Clock } from "../clock.ts";
import { TELEMETRY_INTERVAL_MS } from "../limits.ts";
import type { MediaRouter } from "../routing/media_router.ts";
import { RoutingError, type RoutingErrorReason } from "../routing/routing_error.ts";
import { TelemetryReporter } from "../telemetry/telemetry_reporter.ts";
import { readRouteCommand, requireUuid } from "./route_command_message.ts";

const CODES: Record<RoutingErrorReason, Code> = {
  "unknown-meeting": Code.NotFound,
  "conflict": Code.FailedPrecondition,
  "capacity": Code.ResourceExhausted,
};

/**
 * What a meeting controller may ask of a media handler (internal.proto). RouteMedia answers
 * NOT_FOUND for a meeting without registered participants: after a restart of this process the
 * meeting controller has to register them again.
 *
 * @param options.publicUrl where clients connect, such as https://127.0.0.1:4434.
 */
export function mediaHandlerService(options: {
  router: MediaRouter;
  clock: Clock;
  publicUrl: string;
}): ServiceImpl<typeof MediaHandlerService> {
  const { router, clock, publicUrl } = options;
  return {
    registerParticipant({ participantId, meetingId, e2eEncryption }) {
      requireUuid("participant_id", participantId);
      requireUuid("meeting_id", meetingId);
      return withCodes(() => ({
        connectionToken: router.register({ meetingId, participantId, e2eEncryption }),
        mediaHandlerUrl: publicUrl,
      }));
    },
    removeParticipant({ participantId, meetingId }) {
      router.remove(meetingId, participantId);
      return {};
    },
    keepParticipants({ meetingId, participantIds }) {
      router.keep(meetingId, participantIds);
      return {};
    },
    routeMedia({ meetingId, commands }) {
      const parsed = commands.map(readRouteCommand);
      withCodes(() => router.route(meetingId, parsed));
      return {};
    },
    async *streamTelemetry(_request, { signal }) {
      const reporter = new TelemetryReporter(router, clock);
      while (!signal.aborted) {
        yield reporter.report();
        await wait(clock, TELEMETRY_INTERVAL_MS, signal);
      }
    },
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

/** Resolves after `delayMs`, or as soon as `signal` aborts. */
function wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(delayMs, resolve);
  const stop = () => {
    cancel();
    resolve();
  };
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  return promise.finally(() => signal.removeEventListener("abort", stop));
}
