import type { MediaStream } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Participant } from "../participant/participant.ts";
import type { RouteSource } from "../subscription/route_changes.ts";
import { encodeEvent, type ServerMessage } from "./server_message.ts";

/** A stream in a meeting and who publishes it. */
export interface PublishedStream {
  readonly publisher: Participant;
  readonly stream: MediaStream;
}

/** Who is in a meeting and what they publish. */
export class Roster {
  readonly #participants = new Map<string, Participant>();
  readonly #streams = new Map<string, PublishedStream>();

  get size(): number {
    return this.#participants.size;
  }

  find(participantId: string): Participant | undefined {
    return this.#participants.get(participantId);
  }

  /** In the order of joining. */
  participants(): Iterable<Participant> {
    return this.#participants.values();
  }

  findStream(streamId: string): PublishedStream | undefined {
    return this.#streams.get(streamId);
  }

  streams(): Iterable<PublishedStream> {
    return this.#streams.values();
  }

  /** Adds a participant with the streams it has. */
  add(participant: Participant): void {
    this.#participants.set(participant.id, participant);
    for (const stream of participant.streams.values()) this.#index(participant, stream);
  }

  /** False when someone else is there under that id, or nobody. */
  remove(participant: Participant): boolean {
    if (this.#participants.get(participant.id) !== participant) return false;
    this.#participants.delete(participant.id);
    for (const streamId of participant.streams.keys()) this.#streams.delete(streamId);
    return true;
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
    if (this.#participants.size === 0) return;
    const bytes = encodeEvent(message);
    for (const participant of this.#participants.values()) {
      if (participant !== except) participant.connection.send(bytes);
    }
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
