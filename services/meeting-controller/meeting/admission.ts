import {
  ErrorCode,
  type MediaServerInfo,
  type MediaStream,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { CloseCode } from "../participant/close_code.ts";
import type { Identity, ParticipantConnection } from "../participant/participant.ts";
import type { MediaCallOptions } from "../placement/media_handlers.ts";
import { MediaUnavailableError } from "../placement/media_plan.ts";
import type { MeetingMedia } from "../placement/meeting_media.ts";
import { Refusal } from "./refusal.ts";
import type { Roster } from "./roster.ts";

/**
 * How many may be at the door of a meeting from one network at least, prepared or on their way in;
 * else half of all places there, so that nobody takes all of them alone, and a whole office gets in.
 * Where the network is unknown, a backend gave out the token.
 */
export const MIN_PREPARED_OF_NETWORK = 50;

/** What whoever has a newer session is told in the older one. */
export const SUPERSEDED_REASON = "the participant has a newer session";

/** Someone whom the media handler knows and nobody sees. */
export interface Prepared {
  readonly identity: Identity;
  readonly connection: ParticipantConnection;
  mediaServer: MediaServerInfo;
  /** A moderator let the person in from the lobby. */
  readonly isAdmitted: boolean;
}

/** Somebody in the meeting whom an admission may concern. */
export interface Joined {
  has(participantId: string): boolean;
  /** Ends the older session of whoever comes in anew under the same id. */
  supersede(participantId: string): void;
}

/** Who wants to be admitted. */
export interface AdmissionRequest {
  readonly identity: Identity;
  readonly connection: ParticipantConnection;
  /** What it will publish at once, if known. */
  readonly streams: readonly MediaStream[];
  /** Uses up its token; rejects when that was done before. */
  readonly useToken: () => Promise<void>;
  /** A moderator let the person in from the lobby. */
  readonly isAdmitted?: boolean;
  readonly call: MediaCallOptions;
}

/** Somebody whom the media handler is being told of. */
interface UnderWay {
  readonly network: string;
  /** Where the media moved meanwhile. */
  movedTo?: MediaServerInfo;
}

/** Lets people with a valid token up to the door of a meeting: registered for media, unseen. */
export class Admission {
  readonly #prepared = new Map<string, Prepared>();
  readonly #underWay = new Map<string, UnderWay>();

  constructor(
    private readonly media: MeetingMedia,
    private readonly joined: Joined,
    private readonly roster: Pick<Roster, "tell">,
    private readonly limit: () => number,
  ) {}

  get isEmpty(): boolean {
    return this.#prepared.size + this.#underWay.size === 0;
  }

  /** Everyone at the door. */
  prepared(): Prepared[] {
    return [...this.#prepared.values()];
  }

  /** @throws {Refusal} UNAUTHORIZED, CAPACITY_EXCEEDED or CONFLICT. */
  async admit(request: AdmissionRequest): Promise<Prepared> {
    const { participantId } = request.identity;
    if (this.#isKnown(participantId)) {
      // Whoever comes with a used token must not touch the one who used it.
      await request.useToken();
      this.#supersede(participantId);
      return await this.#register(request, Promise.resolve());
    }
    return await this.#register(request, request.useToken());
  }

  /** The participant has joined or gone; false when it was not (or no longer) at the door. */
  take(prepared: Prepared): boolean {
    const { participantId } = prepared.identity;
    if (this.#prepared.get(participantId) !== prepared) return false;
    return this.#prepared.delete(participantId);
  }

  /** The media of someone at the door moved. False when nobody of that id is there. */
  moved(participantId: string, mediaServer: MediaServerInfo): boolean {
    const underWay = this.#underWay.get(participantId);
    if (underWay !== undefined) {
      underWay.movedTo = mediaServer;
      return true;
    }
    const prepared = this.#prepared.get(participantId);
    if (prepared === undefined) return false;
    prepared.mediaServer = mediaServer;
    this.roster.tell(prepared, { case: "mediaServerChanged", value: mediaServer });
    return true;
  }

  /** The token and the media handler side by side: a join waits for the slower one only. */
  async #register(request: AdmissionRequest, tokenUsed: Promise<void>): Promise<Prepared> {
    const { identity, connection, streams, call, isAdmitted = false } = request;
    const { participantId, network } = identity;
    if (!this.#hasRoomFor(network)) {
      tokenUsed.catch(() => undefined);
      throw new Refusal(ErrorCode.CAPACITY_EXCEEDED, "too many wait to join; try again later");
    }
    const underWay: UnderWay = { network };
    this.#underWay.set(participantId, underWay);
    try {
      const [used, registered] = await Promise.allSettled([
        tokenUsed,
        this.media.register(participantId, streams, call),
      ]);
      if (used.status === "rejected") {
        this.media.remove(participantId);
        throw used.reason;
      }
      if (registered.status === "rejected") throw asRefusal(registered.reason);
      const mediaServer = underWay.movedTo ?? registered.value;
      const prepared = { identity, connection, mediaServer, isAdmitted };
      this.#prepared.set(participantId, prepared);
      return prepared;
    } finally {
      this.#underWay.delete(participantId);
    }
  }

  #hasRoomFor(network: string): boolean {
    const prepared = [...this.#prepared.values()].map(({ identity }) => identity.network);
    const all = [...prepared, ...[...this.#underWay.values()].map((one) => one.network)];
    const limit = this.limit();
    if (all.length >= limit) return false;
    const limitOfNetwork = Math.max(MIN_PREPARED_OF_NETWORK, limit / 2);
    return network === "" || all.filter((one) => one === network).length < limitOfNetwork;
  }

  #isKnown(participantId: string): boolean {
    return this.#underWay.has(participantId) || this.#prepared.has(participantId) ||
      this.joined.has(participantId);
  }

  #supersede(participantId: string): void {
    if (this.#underWay.has(participantId)) {
      throw new Refusal(ErrorCode.CONFLICT, "the participant is joining in another session");
    }
    const atTheDoor = this.#prepared.get(participantId);
    if (atTheDoor === undefined) return this.joined.supersede(participantId);
    atTheDoor.connection.close(CloseCode.SUPERSEDED, SUPERSEDED_REASON);
  }
}

function asRefusal(error: unknown): unknown {
  if (!(error instanceof MediaUnavailableError)) return error;
  return new Refusal(
    ErrorCode.CAPACITY_EXCEEDED,
    "no media handler has room; try again with a new token",
    { cause: error },
  );
}
