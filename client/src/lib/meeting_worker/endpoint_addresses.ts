import type { MeetingEndpoints } from "../../../core/meeting/grant.ts";
import type { EndpointAddresses } from "./protocol.ts";

/** Where the servers are, as the core takes it. */
export function decodeEndpoints(addresses: EndpointAddresses): MeetingEndpoints {
  return {
    ...addresses,
    certificateHashes: addresses.certificateHashes.map((hash) =>
      Uint8Array.from(atob(hash), (character) => character.charCodeAt(0))
    ),
  };
}
