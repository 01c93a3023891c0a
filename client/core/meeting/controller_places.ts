import type { MeetingControllerInfo } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { ServerEndpoint } from "../transport/connect.ts";

/** Most controllers that a client remembers of one meeting. */
export const MAX_PLACES = 8;

/** Where a meeting is, and where it may go: what a client asks when its controller is gone. */
export class ControllerPlaces {
  readonly #certificateHashes: readonly Uint8Array[];
  #current: ServerEndpoint;
  #alternatives: readonly ServerEndpoint[] = [];

  /** @param certificateHashes those of controllers that are named without any. */
  constructor(current: ServerEndpoint, certificateHashes: readonly Uint8Array[]) {
    this.#current = current;
    this.#certificateHashes = certificateHashes;
  }

  /** The controller that served the meeting last, then the others, the best first. */
  get all(): readonly ServerEndpoint[] {
    const others = this.#alternatives.filter(({ url }) => url !== this.#current.url);
    return [this.#current, ...others];
  }

  /** The meeting is served there now, with these to go to after it. */
  moved(current: ServerEndpoint, alternatives: readonly MeetingControllerInfo[]): void {
    this.#current = current;
    this.#alternatives = alternatives.slice(0, MAX_PLACES - 1)
      .flatMap((info) => this.endpointOf(info) ?? []);
  }

  /** Where to connect to a controller that a server named; undefined when it named none. */
  endpointOf(info: MeetingControllerInfo | undefined): ServerEndpoint | undefined {
    const url = info?.meetingControllerUrl ?? "";
    if (info === undefined || !URL.canParse(url)) return undefined;
    if (new URL(url).protocol !== "https:") return undefined;
    const { certificateHashes } = info;
    return {
      url,
      certificateHashes: certificateHashes.length > 0 ? certificateHashes : this.#certificateHashes,
    };
  }
}
