import type { Logger } from "../runtime/log.ts";
import type { ServerSession } from "../runtime/webtransport/session.ts";
import { type Clock, systemClock } from "./clock.ts";
import { AudioBatchTimer } from "./egress/audio_batch_timer.ts";
import { EgressTicker } from "./egress/egress_ticker.ts";
import { PARTICIPANT_SWEEP_INTERVAL_MS, REPORT_REST_MS } from "./limits.ts";
import { MediaRouter } from "./routing/media_router.ts";
import { ClientSession } from "./session/client_session.ts";
import { RestTimer } from "./session/rest_timer.ts";

/** How much one media handler takes. */
export interface MediaHandlerLimits {
  readonly maxParticipants: number;
  /** Streams to subscribers; what placement goes by. */
  readonly maxStreams: number;
}

/** What it takes to run a media handler, in a process or in a test. */
export interface MediaHandlerOptions {
  /** Sessions that clients open: a listener, or the server ends of in-memory pairs. */
  readonly sessions: AsyncIterable<ServerSession>;
  readonly limits: MediaHandlerLimits;
  readonly log: Logger;
  readonly clock?: Clock;
}

/** How full a media handler is. */
export interface MediaHandlerLoad extends MediaHandlerLimits {
  readonly currentParticipants: number;
  readonly currentStreams: number;
}

/** A selective forwarding unit: it forwards encrypted frames by their headers. */
export interface MediaHandler extends AsyncDisposable {
  /** Who may publish what and who receives what. */
  readonly router: MediaRouter;
  readonly clock: Clock;
  /** How full it is. */
  load(): MediaHandlerLoad;
  /** Bytes on the way to all subscribers that nobody acknowledged yet. */
  readonly bytesInFlight: number;
  /** Resolves when the sessions have ended; rejects when their source failed. */
  readonly finished: Promise<void>;
}

/**
 * Starts serving `sessions`. Disposing it closes them with the code "going away"; their source
 * belongs to the caller.
 */
export function createMediaHandler(options: MediaHandlerOptions): MediaHandler {
  const { limits, log, clock = systemClock } = options;
  const router = new MediaRouter(limits, clock);
  const rests = new RestTimer(clock, REPORT_REST_MS);
  const batches = new AudioBatchTimer(clock);
  const ticker = new EgressTicker(clock);
  const context = { router, clock, log, batches, ticker, rests };
  const sessions = new Map<ClientSession, Promise<void>>();
  const stopped = new AbortController();

  let cancelSweep = () => {};
  const sweepLater = () => {
    cancelSweep = clock.after(PARTICIPANT_SWEEP_INTERVAL_MS, () => {
      const abandoned = router.removeAbandoned();
      if (abandoned > 0) log.info("abandoned participants removed", { abandoned });
      sweepLater();
    });
  };
  sweepLater();

  const accept = (session: ServerSession) => {
    const client = new ClientSession(session, context);
    sessions.set(client, client.run().finally(() => sessions.delete(client)));
    if (stopped.signal.aborted) client.close("shutdown");
  };
  const acceptAll = async () => {
    for await (const session of options.sessions) accept(session);
    await Promise.all(sessions.values());
  };
  const finished = acceptAll();
  finished.catch(() => undefined);

  const sum = (figure: (session: ClientSession) => number) => {
    let total = 0;
    for (const session of sessions.keys()) total += figure(session);
    return total;
  };
  return {
    router,
    clock,
    finished,
    load: () => ({
      ...limits,
      currentParticipants: router.participantCount,
      currentStreams: sum((session) => session.deliveryCount),
    }),
    get bytesInFlight() {
      return sum((session) => session.bytesInFlight);
    },
    async [Symbol.asyncDispose]() {
      stopped.abort();
      cancelSweep();
      for (const session of sessions.keys()) session.close("shutdown");
      await Promise.all(sessions.values());
      rests.stop();
      batches.stop();
      router.stop();
    },
  };
}
