import type { MeetingControllerInfo } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { pause } from "../clock.ts";
import { CloseCode } from "../participant/close_code.ts";
import { LOST_CONNECTION, type ParticipantConnection } from "../participant/participant.ts";
import type { Closed, Closing } from "./closing.ts";
import type { MeetingParts } from "./meeting_parts.ts";

/** How long people may take to go to another controller with their meeting, milliseconds. */
export const MOVE_LIMIT_MS = 5_000;

const ELSEWHERE = "the meeting is at another controller";

/** How a meeting comes to its end here: it is over, goes on elsewhere, or the process ends. */
export class Ending implements AsyncDisposable {
  /** Aborts once everyone of a meeting that goes on elsewhere has gone. */
  readonly #deserted = new AbortController();

  constructor(private readonly parts: MeetingParts, private readonly closing: Closing) {}

  /** `Meeting.moveTo`. */
  async moveTo(controller: MeetingControllerInfo): Promise<void> {
    const { state, lobby } = this.parts;
    this.#goOnElsewhere({ because: "moved", controller });
    const connections = this.#connections();
    for (const connection of connections) {
      state.tell({ connection }, { case: "meetingMoved", value: { controller } });
    }
    lobby.close(CloseCode.GOING_AWAY, ELSEWHERE);
    if (connections.length > 0) await pause(state.clock, MOVE_LIMIT_MS, this.#deserted.signal);
    this.#closeAll(CloseCode.GOING_AWAY, ELSEWHERE);
  }

  /** `Meeting.stepDown`. */
  stepDown(): void {
    this.#goOnElsewhere({ because: "lost" });
    this.#closeAll(CloseCode.GOING_AWAY, ELSEWHERE);
  }

  /** Somebody's connection to a meeting that goes on elsewhere has ended. */
  onLeft(): void {
    if (this.#connections().length === 0) this.#deserted.abort();
  }

  /** `Meeting.end`. */
  async end(): Promise<void> {
    if (this.closing.closed !== undefined) return;
    const { state, sessions } = this.parts;
    const reason = "the meeting has ended";
    this.closing.close({ because: "ended" });
    const participants = state.roster.sessions();
    this.#closeAll(CloseCode.MEETING_ENDED, reason);
    for (const participant of participants) {
      sessions.end(participant, CloseCode.MEETING_ENDED, reason);
    }
    state.log.info("meeting ended");
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { sessions, lobby, media, factsRenewal } = this.parts;
    sessions[Symbol.dispose]();
    factsRenewal[Symbol.dispose]();
    lobby.close(CloseCode.GOING_AWAY, "the server is going away");
    await media[Symbol.asyncDispose]();
  }

  #goOnElsewhere(closed: Closed): void {
    const { sessions, media, factsRenewal } = this.parts;
    this.closing.close(closed);
    sessions[Symbol.dispose]();
    factsRenewal[Symbol.dispose]();
    media.abandon();
  }

  /** Those that stand, of all who are in the meeting or at its door. */
  #connections(): ParticipantConnection[] {
    const { state, entrance } = this.parts;
    const participants = state.roster.sessions().map(({ connection }) => connection)
      .filter((connection) => connection !== LOST_CONNECTION);
    return [...participants, ...entrance.atTheDoor()];
  }

  #closeAll(code: CloseCode, reason: string): void {
    for (const connection of this.#connections()) connection.close(code, reason);
    this.parts.lobby.close(code, reason);
  }
}
