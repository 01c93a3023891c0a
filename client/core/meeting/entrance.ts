import type {
  JoinResponse,
  LobbyResponse,
  MediaServerInfo,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { MediaSender } from "../send/media_sender.ts";
import { SignalingLostError } from "../signaling/signaling_error.ts";
import type { ControllerLink } from "./controller_link.ts";
import { MeetingError } from "./meeting_state.ts";
import type { OpenedParticipant } from "./open_participant.ts";
import { CAPABILITIES } from "./publication_messages.ts";
import { Publications } from "./publications.ts";

/** What an entrance needs. */
export interface EntranceOptions {
  readonly link: ControllerLink;
  readonly sender: MediaSender;
  /** The participant's grant and connection, as soon as they are there. */
  readonly opening: Promise<OpenedParticipant>;
  /** Resolves with the reason when the session cannot serve any more. */
  readonly lost: Promise<unknown>;
  /** Authenticated: media may connect to this server, if one is named. */
  readonly onPrepared: (server: MediaServerInfo | undefined) => void;
  readonly onWaiting: (response: LobbyResponse) => void;
  /** The others see the participant, with what `publications` asked for. */
  readonly onJoined: (response: JoinResponse, publications: Publications) => void;
}

/** A participant's way into its meeting: prepared ahead, asked for, waited for in the lobby. */
export class Entrance {
  readonly #options: EntranceOptions;
  readonly #admitted = Promise.withResolvers<void>();
  #preparing: Promise<unknown> | undefined;
  #joinAsked = false;
  #joined = false;
  #waited = false;

  constructor(options: EntranceOptions) {
    this.#options = options;
    this.#admitted.promise.catch(() => undefined);
  }

  /** True once the others see this participant. */
  get joined(): boolean {
    return this.#joined;
  }

  /** True once the participant was in the lobby. */
  get waited(): boolean {
    return this.#waited;
  }

  /** Authenticates at both servers without becoming visible; does nothing once a join was asked. */
  async prepare(): Promise<void> {
    const { opening, link, onPrepared } = this.#options;
    const { grant } = await opening;
    // Who has to knock is prepared nothing before somebody lets them in.
    if (this.#joinAsked || grant.mustKnock) return;
    const { meetingId, joinToken } = grant;
    this.#preparing = link.request("prepareRequest", { meetingId, joinToken }, {
      resend: false,
      onAnswer: ({ mediaServer }) => onPrepared(mediaServer),
    });
    await this.#preparing;
  }

  /**
   * Becomes visible, with all streams of the sender published; in a meeting with a lobby, once
   * somebody lets the participant in.
   *
   * @throws whatever kept it from joining; the session is of no more use then.
   */
  async join(name: string): Promise<void> {
    this.#joinAsked = true;
    const { grant } = await this.#options.opening;
    const prepared = this.#preparing !== undefined;
    await this.#preparing;
    await this.#ask(name, prepared ? "" : grant.joinToken);
    if (this.#joined) return;
    const lost = this.#options.lost.then((error) => Promise.reject(error));
    await Promise.race([this.#admitted.promise, lost]);
    await this.#ask(name, "");
    if (!this.#joined) throw new MeetingError("protocol", "admitted, and told to wait again");
  }

  /** Somebody let the participant in. */
  admit(): void {
    this.#admitted.resolve();
  }

  /** Waits in the lobby no longer. */
  abandon(): void {
    this.#admitted.reject(new SignalingLostError("closed", "left the lobby"));
  }

  async #ask(name: string, joinToken: string): Promise<void> {
    const { grant, keys, identity } = await this.#options.opening;
    const publications = new Publications(this.#options.sender, grant.grants);
    let refused: MeetingError | undefined;
    const joining = this.#options.link.request("joinRequest", {
      meetingId: grant.meetingId,
      joinToken,
      participantName: name,
      capabilities: CAPABILITIES,
      subscribeToAll: true,
      streams: publications.messages,
      identityKey: identity.publicKey,
      ...(keys && { encryptionKeys: keys.deliveryKey }),
    }, {
      resend: false,
      onAnswer: (response) => {
        if (isLobby(response)) {
          publications.refused();
          this.#waited = true;
          this.#options.onWaiting(response);
        } else if (response.e2eEncryption === grant.e2eEncryption) {
          this.#joined = true;
          this.#options.onJoined(response, publications);
        } else refused = encryptionMismatch();
      },
    });
    await joining.catch((error) => {
      publications.failed(error);
      throw error;
    });
    if (refused !== undefined) throw refused;
  }
}

/** What a meeting fails with whose controller says otherwise than the grant did. */
export function encryptionMismatch(): MeetingError {
  return new MeetingError(
    "encryption-mismatch",
    "the servers disagree whether this meeting is end-to-end encrypted",
  );
}

function isLobby(response: JoinResponse | LobbyResponse): response is LobbyResponse {
  return response.$typeName === "dark_tower.signaling.v1.LobbyResponse";
}
