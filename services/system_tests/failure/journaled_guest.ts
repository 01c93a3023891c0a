import { decodeJwt } from "jose";
import { fetchJoinGrant } from "../../../client/core/meeting/grant.ts";
import type { MeetingOptions, MeetingState } from "../../../client/core/meeting/meeting.ts";
import { Guest } from "../guest.ts";
import type { ClientJournal } from "./client_journal.ts";

/**
 * A guest whose journal tells by itself of joins, sessions, epochs and frames. What the test has it
 * do besides goes into the journal by {@link ClientJournal.acknowledge}.
 */
export class JournaledGuest extends Guest {
  /** Of the join token that was fetched last. */
  readonly #tokenId: () => string | undefined;
  #participantId: string | undefined;
  #session: string | undefined;

  /**
   * @param url origin of the global controller.
   * @param fetchGrant another way in than the meeting's link.
   */
  constructor(
    url: string,
    code: string,
    readonly journal: ClientJournal,
    fetchGrant: MeetingOptions["fetchGrant"] = ({ signal }) =>
      fetchJoinGrant(url, code, { signal }),
  ) {
    let tokenId: string | undefined;
    super(url, code, async (options) => {
      const grant = await fetchGrant(options);
      tokenId = String(decodeJwt(grant.joinToken).jti);
      return grant;
    });
    this.#tokenId = () => tokenId;
    follow(this.states, (state) => this.#onState(state));
    follow(this.epochs, (epoch) => {
      journal.note({ event: "epoch", meetingId: code, epoch });
    });
    follow(this.frames, ({ participantId }) => {
      journal.note({ event: "frame decrypted", senderId: participantId });
    });
  }

  /** Leaves for good; the others may not have it any more. */
  async leave(): Promise<void> {
    const participantId = this.#participantId;
    if (participantId === undefined) throw new Error("it was never in the meeting");
    await this.journal.acknowledge({ kind: "leave", participantId }, this.meeting.leave());
  }

  /**
   * The signaling session as far as it shows: who is joined has one. It has another one after it was
   * reconnecting, and when it is another participant.
   */
  #onState({ phase, participantId }: MeetingState): void {
    if (phase === "joined" && participantId !== undefined) {
      if (this.#session !== undefined && participantId === this.#participantId) return;
      this.#closeSession();
      if (participantId !== this.#participantId) {
        const what = { kind: "join", participantId, tokenId: this.#tokenId() } as const;
        this.journal.note({ event: "asked", what });
        this.journal.note({ event: "acknowledged", what });
      }
      this.#participantId = participantId;
      this.#session = crypto.randomUUID();
      this.journal.note({ event: "session opened", participantId, session: this.#session });
    } else {
      this.#closeSession();
    }
  }

  #closeSession(): void {
    if (this.#session === undefined) return;
    this.journal.note({ event: "session closed", session: this.#session });
    this.#session = undefined;
  }
}

/** Tells of each element that is added to the list. */
function follow<Element>(list: Element[], notice: (element: Element) => void): void {
  const push = list.push.bind(list);
  list.push = (...elements) => {
    elements.forEach(notice);
    return push(...elements);
  };
}
