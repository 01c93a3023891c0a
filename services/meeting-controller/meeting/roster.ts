import type { MediaStream } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Participant } from "../participant/participant.ts";
import type { RouteSource } from "../subscription/route_changes.ts";
import { encodeEvent, type ServerMessage } from "./server_message.ts";

/** A stream in a meeting and who publishes it. */
export interface PublishedStream {
  readonly publisher: Participant;
  readonly stream: MediaStream;
}

/** Whom one can send to. */
export type Receiver = Pick<Participant, "connection">;

/** Whose sessions in a meeting live, which of them the others see, and what they publish. */
export class Roster {
  /** Those whom the others see. */
  readonly #seen = new Map<string, Participant>();
  readonly #away = new Map<string, Participant>();
  /** Of everyone. */
  readonly #streams = new Map<string, PublishedStream>();

  /** @param epoch of the ownership of the meeting: all that is sent from here carries it. */
  constructor(private readonly epoch: bigint) {}

  /** How many are seen. */
  get size(): number {
    return this.#seen.size;
  }

  /** Nobody is in the meeting, and nobody is away. */
  get isEmpty(): boolean {
    return this.#seen.size + this.#away.size === 0;
  }

  /** Somebody whom the others see. */
  find(participantId: string): Participant | undefined {
    return this.#seen.get(participantId);
  }

  /** Somebody whose session lives, away or not. */
  findSession(participantId: string): Participant | undefined {
    return this.#seen.get(participantId) ?? this.#away.get(participantId);
  }

  /** Those whom the others see, in the order of joining or coming back. */
  participants(): Iterable<Participant> {
    return this.#seen.values();
  }

  /** Those whose session lives and whom the others do not see, the longest away first. */
  away(): Participant[] {
    return [...this.#away.values()];
  }

  /** Everyone whose session lives. */
  sessions(): Participant[] {
    return [...this.#seen.values(), ...this.#away.values()];
  }

  /** Also of those who are away. */
  findStream(streamId: string): PublishedStream | undefined {
    return this.#streams.get(streamId);
  }

  /** Also of those who are away. */
  streams(): Iterable<PublishedStream> {
    return this.#streams.values();
  }

  /** Adds a participant with the streams it has: as seen, unless it is away. */
  add(participant: Participant): void {
    const { id, isAway } = participant;
    (isAway ? this.#away : this.#seen).set(id, participant);
    for (const stream of participant.streams.values()) this.#index(participant, stream);
  }

  /** False when someone else is there under that id, or nobody. */
  remove(participant: Participant): boolean {
    if (this.findSession(participant.id) !== participant) return false;
    this.#seen.delete(participant.id);
    this.#away.delete(participant.id);
    for (const streamId of participant.streams.keys()) this.#streams.delete(streamId);
    return true;
  }

  /** The others do not see the participant any more, whose session lives on. */
  hide(participant: Participant): void {
    participant.isAway = true;
    if (this.#seen.delete(participant.id)) this.#away.set(participant.id, participant);
  }

  /** The others see the participant again. */
  show(participant: Participant): void {
    participant.isAway = false;
    if (this.#away.delete(participant.id)) this.#seen.set(participant.id, participant);
  }

  addStream(publisher: Participant, stream: MediaStream): void {
    publisher.streams.set(stream.streamId, stream);
    this.#index(publisher, stream);
  }

  removeStream({ publisher, stream }: PublishedStream): void {
    publisher.streams.delete(stream.streamId);
    this.#streams.delete(stream.streamId);
  }

  /** Sends one event to all but `except`. */
  broadcast(message: ServerMessage, except?: Participant): void {
    if (this.#seen.size === 0) return;
    const bytes = encodeEvent(message, this.epoch);
    for (const participant of this.#seen.values()) {
      if (participant !== except) participant.connection.send(bytes);
    }
  }

  /** Sends one event to one, who need not be on the roster. */
  tell({ connection }: Receiver, message: ServerMessage): void {
    connection.send(encodeEvent(message, this.epoch));
  }

  #index(publisher: Participant, stream: MediaStream): void {
    this.#streams.set(stream.streamId, { publisher, stream });
  }
}

/** The stream as routes name it. */
export function routeSource({ publisher, stream }: PublishedStream): RouteSource {
  return {
    streamId: stream.streamId,
    streamType: stream.streamType,
    participantId: publisher.id,
    metadata: stream.metadata,
    silenced: stream.mutedByModerator,
  };
}
