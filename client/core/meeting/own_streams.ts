import type { LocalStream, LocalStreamDescription } from "../send/local_stream.ts";
import type { LocalStreamSender } from "../send/local_stream_sender.ts";
import type { MediaSender } from "../send/media_sender.ts";
import { SignalingError } from "../signaling/signaling_error.ts";
import type { MeetingLog } from "./meeting_log.ts";
import type { PublishedStream } from "./meeting_state.ts";
import type { ParticipantRequests } from "./participant_requests.ts";
import { mayPublish } from "./source_grant.ts";

/** What the own streams of a meeting need. */
export interface OwnStreamsOptions {
  readonly sender: MediaSender;
  /** The requests of the participant that is in the meeting; undefined outside one. */
  readonly requests: () => ParticipantRequests | undefined;
  /** {@link OwnStreams.snapshot} changed. */
  readonly onChange: () => void;
  readonly log: MeetingLog;
}

/** One's own streams as the application handles them: added, muted and removed, in a meeting or out. */
export class OwnStreams {
  readonly #sender: MediaSender;
  readonly #options: OwnStreamsOptions;
  /** Own ids of those that a moderator muted. */
  readonly #mutedByModerator = new Set<string>();

  constructor(options: OwnStreamsOptions) {
    this.#sender = options.sender;
    this.#options = options;
  }

  /** As the others see them. */
  get snapshot(): PublishedStream[] {
    return [...this.#sender.streams].map(({ streamId, description, muted }) => ({
      streamId,
      type: description.type,
      codec: description.codec,
      muted,
      mutedByModerator: this.#mutedByModerator.has(streamId),
    }));
  }

  /** Adds those that are not there yet; they are published with the next join. */
  addMissing(descriptions: readonly LocalStreamDescription[]): void {
    for (const description of descriptions) {
      if (this.#sender.stream(description.streamId) === undefined) this.#sender.add(description);
    }
  }

  /**
   * Adds a stream, and publishes it at once in a meeting.
   *
   * @throws {SignalingError} when the controller refuses it.
   * @throws {RangeError} when its id is in use, or there are too many streams.
   */
  async publish(description: LocalStreamDescription): Promise<LocalStream> {
    const stream = this.#sender.add(description);
    this.#options.onChange();
    await this.#publish(stream);
    return stream;
  }

  /**
   * Publishes streams that were added while the join was on its way; those without a grant stay
   * here, silent.
   */
  publishMissing(grants: readonly string[] | undefined): void {
    for (const stream of this.#sender.streams) {
      if (stream.wireStreamId !== undefined) continue;
      if (!mayPublish(grants, stream.description.type)) continue;
      this.#publish(stream).catch((error) => {
        this.#options.log.warn("stream not published", { error });
      });
    }
  }

  /** Removes a stream, for the others too. */
  async unpublish(streamId: string): Promise<void> {
    const wireStreamId = this.#sender.stream(streamId)?.wireStreamId;
    this.#sender.remove(streamId);
    this.#options.onChange();
    if (wireStreamId === undefined) return;
    await this.whileJoined((requests) => requests.unpublish(wireStreamId));
  }

  /** Stops or continues a stream, at once here and then for the others. */
  async setMuted(streamId: string, muted: boolean): Promise<void> {
    const stream = this.#sender.stream(streamId);
    if (stream === undefined || stream.muted === muted) return;
    stream.setMuted(muted);
    this.#options.onChange();
    const { wireStreamId } = stream;
    if (wireStreamId === undefined) return;
    await this.whileJoined((requests) => requests.updateStream(wireStreamId, muted));
  }

  /** Asks the controller while in the meeting; a lost session needs no answer. */
  async whileJoined(ask: (requests: ParticipantRequests) => Promise<void>): Promise<void> {
    const requests = this.#options.requests();
    if (requests === undefined) return;
    try {
      await ask(requests);
    } catch (error) {
      if (error instanceof SignalingError) throw error;
      this.#options.log.info("request not answered", { error });
    }
  }

  async #publish(stream: LocalStreamSender): Promise<void> {
    try {
      // A session that is lost meanwhile matters not: joining again publishes the stream.
      await this.whileJoined((requests) => requests.publish(stream));
    } catch (error) {
      this.#sender.remove(stream.streamId);
      this.#options.onChange();
      throw error;
    }
  }
}
