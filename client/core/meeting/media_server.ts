import type { MediaServerInfo } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { ServerEndpoint } from "../transport/connect.ts";
import type { JoinGrant } from "./grant.ts";

/** A media handler and the token that it takes. */
export interface MediaServer extends ServerEndpoint {
  readonly connectionToken: string;
}

/** The media handler that the controller names, if it does; certificates may be those of the grant. */
export function mediaServerOf(
  info: MediaServerInfo | undefined,
  grant: Pick<JoinGrant, "certificateHashes">,
): MediaServer | undefined {
  if (info === undefined) return undefined;
  const { mediaHandlerUrl, connectionToken, certificateHashes } = info;
  // A controller may leave the token of the prepared session out of its join response.
  if (mediaHandlerUrl === "" || connectionToken === "") return undefined;
  return {
    url: mediaHandlerUrl,
    connectionToken,
    certificateHashes: certificateHashes.length > 0 ? certificateHashes : grant.certificateHashes,
  };
}
