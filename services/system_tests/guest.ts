import { fetchJoinGrant, fetchMeetingEndpoints } from "../../client/core/meeting/grant.ts";
import type { MeetingOptions } from "../../client/core/meeting/meeting.ts";
import { openWebTransport } from "../runtime/webtransport/client.ts";
import { HeadlessClient } from "./headless_client.ts";

/**
 * Creates a meeting as anybody may where guests can.
 *
 * @param url origin of the global controller.
 * @param wishes further fields of the call, such as its region.
 * @returns the meeting's code.
 * @throws {Error} with the status and the answer when it is refused.
 */
export async function createMeeting(
  url: string,
  wishes: Record<string, unknown> = {},
): Promise<string> {
  const response = await fetch(`${url}/api/v1/meetings`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ display_name: "Weekly", ...wishes }),
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`create answered ${response.status}: ${text}`);
  return JSON.parse(text).meeting_code;
}

/** A client without devices that has a meeting's link, on a network interface of its own. */
export class Guest extends HeadlessClient {
  readonly #endpoint: Deno.QuicEndpoint;

  /**
   * @param url origin of the global controller.
   * @param fetchGrant another way in than the meeting's link.
   */
  constructor(
    url: string,
    code: string,
    fetchGrant: MeetingOptions["fetchGrant"] = ({ signal }) =>
      fetchJoinGrant(url, code, { signal }),
  ) {
    const endpoint = new Deno.QuicEndpoint({ hostname: "127.0.0.1", port: 0 });
    super({
      connect: (server, options) => openWebTransport(server, { ...options, endpoint }),
      fetchGrant,
      fetchEndpoints: ({ signal }) => fetchMeetingEndpoints(url, code, { signal }),
    });
    this.#endpoint = endpoint;
  }

  /** Leaves, and ends connections to servers that do not answer any more. */
  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    this.#endpoint.close();
  }
}
