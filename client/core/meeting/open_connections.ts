import type { SignalingClient } from "../signaling/signaling_client.ts";
import type { ServerEndpoint } from "../transport/connect.ts";
import { withDeadline } from "../transport/deadline.ts";
import type { JoinGrant, MeetingEndpoints } from "./grant.ts";
import type { MeetingKeys } from "./meeting_keys.ts";
import { openSignaling, type OpenSignalingOptions } from "./open_signaling.ts";

/** How long the join call may take, milliseconds. */
export const GRANT_DEADLINE_MS = 10_000;

/** What a participant needs before it can prepare or join. */
export interface OpenedConnections {
  readonly grant: JoinGrant;
  readonly signaling: SignalingClient;
  /** Where that leads. */
  readonly controller: ServerEndpoint;
  /** Undefined in a meeting that is not encrypted. */
  readonly keys: MeetingKeys | undefined;
}

/** How to open them. */
export interface OpenConnectionsOptions extends OpenSignalingOptions {
  readonly fetchGrant: (options: { readonly signal: AbortSignal }) => Promise<JoinGrant>;
  /** Where the meeting is served, if that is known before the grant. */
  readonly endpoints: MeetingEndpoints | undefined;
  readonly createKeys: (grant: JoinGrant) => Promise<MeetingKeys>;
  /** Called at most once, as soon as it is known where media will probably be served. */
  readonly onMediaEndpoint: (endpoint: ServerEndpoint) => void;
}

/**
 * Gets the grant, the signaling session and the keys side by side, and starts media on the way:
 * nothing waits for a round trip that it does not need. Leaves nothing open when it rejects.
 */
export async function openConnections(options: OpenConnectionsOptions): Promise<OpenedConnections> {
  const { endpoints, fetchGrant, scheduler, signal, onMediaEndpoint } = options;
  const granted = withDeadline(
    Promise.try(fetchGrant, { signal }),
    GRANT_DEADLINE_MS,
    { signal, scheduler },
  );
  granted.catch(() => undefined);
  if (endpoints?.mediaHandlerUrl !== undefined) {
    onMediaEndpoint(endpointOf(endpoints.mediaHandlerUrl, endpoints));
  }
  const early = endpoints &&
    openSignaling(endpointOf(endpoints.meetingControllerUrl, endpoints), options);
  early?.catch(() => undefined);
  const closeEarly = () => void early?.then((signaling) => signaling.close(), () => undefined);
  let grant: JoinGrant;
  try {
    grant = await granted;
  } catch (error) {
    closeEarly();
    throw error;
  }
  if (endpoints?.mediaHandlerUrl === undefined && grant.mediaHandlerUrl !== undefined) {
    onMediaEndpoint(endpointOf(grant.mediaHandlerUrl, grant));
  }
  const makingKeys = grant.e2eEncryption ? options.createKeys(grant) : undefined;
  let connecting = early;
  if (connecting === undefined || endpoints?.meetingControllerUrl !== grant.meetingControllerUrl) {
    closeEarly();
    connecting = openSignaling(endpointOf(grant.meetingControllerUrl, grant), options);
  }
  try {
    const [signaling, keys] = await Promise.all([connecting, makingKeys]);
    return { grant, signaling, controller: endpointOf(grant.meetingControllerUrl, grant), keys };
  } catch (error) {
    connecting.then((signaling) => signaling.close(), () => undefined);
    makingKeys?.then((keys) => keys[Symbol.asyncDispose]()).catch(() => undefined);
    throw error;
  }
}

function endpointOf(
  url: string,
  { certificateHashes }: { readonly certificateHashes: readonly Uint8Array[] },
): ServerEndpoint {
  return { url, certificateHashes };
}
