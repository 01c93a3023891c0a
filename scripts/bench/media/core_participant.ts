import { fetchJoinGrant } from "../../../client/core/meeting/grant.ts";
import {
  type LocalStreamDescription,
  Meeting,
  type MeetingEvents,
} from "../../../client/core/meeting/meeting.ts";
import { openWebTransport } from "../../../services/runtime/webtransport/client.ts";
import { eventually } from "../../../services/system_tests/eventually.ts";

/** How long a participant may take to join, milliseconds. */
const JOIN_LIMIT_MS = 20_000;

/** A participant made of the client core alone, with a UDP socket of its own. */
export class CoreParticipant implements AsyncDisposable {
  readonly meeting: Meeting;
  readonly #endpoint = new Deno.QuicEndpoint({ hostname: "127.0.0.1", port: 0 });

  /** @param url origin of pages and API. */
  constructor(url: string, code: string, events: Partial<MeetingEvents>) {
    this.meeting = new Meeting({
      connect: (server, options) =>
        openWebTransport(server, { ...options, endpoint: this.#endpoint }),
      fetchGrant: ({ signal }) => fetchJoinGrant(url, code, { signal }),
      events: { onState: () => {}, onFrame: () => {}, onKeyFrameNeeded: () => {}, ...events },
    });
  }

  /**
   * Joins and waits until media may flow.
   *
   * @throws {Error} when that takes too long.
   */
  async join(name: string, streams: readonly LocalStreamDescription[]): Promise<void> {
    await this.meeting.join({ name, streams });
    await eventually(
      `${name} has media`,
      JOIN_LIMIT_MS,
      () => this.meeting.state.media === "connected",
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.meeting[Symbol.asyncDispose]();
    this.#endpoint.close();
  }
}
