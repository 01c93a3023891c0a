import type { Scheduler } from "../crypto/scheduler.ts";
import type { SignalingEvent } from "../signaling/requests.ts";
import { SignalingClient } from "../signaling/signaling_client.ts";
import { type Connect, connectSession, type ServerEndpoint } from "../transport/connect.ts";

/** How a signaling session is opened. */
export interface OpenSignalingOptions {
  readonly connect: Connect;
  readonly onEvent: (event: SignalingEvent, signaling: SignalingClient) => void;
  readonly acceptEpoch: (epoch: bigint) => boolean;
  readonly now: () => number;
  readonly scheduler: Scheduler;
  readonly signal: AbortSignal;
}

/**
 * Connects to a controller; nobody is authenticated yet.
 *
 * @throws {ConnectError} when it cannot be reached.
 */
export async function openSignaling(
  endpoint: ServerEndpoint,
  { connect, onEvent, acceptEpoch, now, scheduler, signal }: OpenSignalingOptions,
): Promise<SignalingClient> {
  const session = await connectSession(connect, endpoint, { signal, scheduler });
  const signaling: SignalingClient = await SignalingClient.open(session, {
    now,
    scheduler,
    acceptEpoch,
    onEvent: (event) => onEvent(event, signaling),
  });
  return signaling;
}
