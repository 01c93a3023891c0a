import type { MediaStream } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
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
  /** The requests of the participant while its controller is there; undefined otherwise. */
  readonly requests: () => ParticipantRequests | undefined;
  /** The same, also while the controller is away: what is asked then waits. */
  readonly patientRequests: () => ParticipantRequests | undefined;
  /** {@link OwnStreams.snapshot} changed. */
  readonly onChange: () => void;
  readonly log: MeetingLog;
}

/** One's own streams as the application handles them: added, muted and removed, in a meeting or out. */
export class OwnStreams {
  readonly #sender: MediaSender;
  readonly #options: OwnStreamsOptions;
  readonly #mutedByModerator = new WeakSet<LocalStreamSender>();
  /** Streams whose mute state the controller is being told. */
  readonly #telling = new Map<LocalStreamSender, Promise<void>>();
  /** Streams that a moderator muted and that are to be heard again once the controller agrees. */
  readonly #unmuting = new WeakSet<LocalStreamSender>();

  constructor(options: OwnStreamsOptions) {
    this.#sender = options.sender;
    this.#options = options;
  }

  /** As the others see them. */
  get snapshot(): PublishedStream[] {
    return [...this.#sender.streams].map((stream) => ({
      streamId: stream.streamId,
      type: stream.description.type,
      codec: stream.description.codec,
      muted: stream.muted,
      mutedByModerator: this.#mutedByModerator.has(stream),
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

  /**
   * Stops or continues a stream, at once here and then for the others. One that a moderator muted
   * goes on once the controller has agreed, since nothing of it would be forwarded before.
   *
   * @throws {SignalingError} when the controller does not agree.
   */
  async setMuted(streamId: string, muted: boolean): Promise<void> {
    const stream = this.#sender.stream(streamId);
    if (stream === undefined) return;
    if (muted) this.#unmuting.delete(stream);
    if (stream.muted === muted) return;
    if (this.#mutedByModerator.has(stream)) return await this.#liftMute(stream);
    stream.setMuted(muted);
    this.#options.onChange();
    await this.#tellMuted(stream);
  }

  /** The controller says how own streams stand: a moderator may have muted them. */
  moderated(streams: readonly MediaStream[]): void {
    for (const { streamId: wireStreamId, mutedByModerator } of streams) {
      const stream = this.#published(wireStreamId);
      if (stream === undefined) continue;
      if (!mutedByModerator) {
        // Whether it is muted besides is decided here.
        if (this.#mutedByModerator.delete(stream)) this.#options.onChange();
        continue;
      }
      if (this.#mutedByModerator.has(stream)) continue;
      this.#mutedByModerator.add(stream);
      this.#unmuting.delete(stream);
      stream.setMuted(true);
      this.#options.onChange();
    }
  }

  /** A moderator ended a stream: it is gone. Its own id; undefined when it was not there. */
  stopped(wireStreamId: string): string | undefined {
    const streamId = this.#published(wireStreamId)?.streamId;
    if (streamId === undefined) return undefined;
    this.#sender.remove(streamId);
    this.#options.onChange();
    return streamId;
  }

  /** Another participant has nothing to do with who was muted before it. */
  forgetModeration(): void {
    for (const stream of this.#sender.streams) this.#mutedByModerator.delete(stream);
  }

  /** Asks the controller while it is there; a lost session needs no answer. */
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
      // A session that is lost meanwhile matters not: resuming it, or joining again, publishes.
      await this.whileJoined((requests) => requests.publish(stream));
    } catch (error) {
      this.#sender.remove(stream.streamId);
      this.#options.onChange();
      throw error;
    }
  }

  /** Tells the controller what the stream is now, again when that changes meanwhile. */
  #tellMuted(stream: LocalStreamSender): Promise<void> {
    const telling = this.#telling.get(stream) ?? this.#tellMutedUntilSame(stream).finally(() => {
      this.#telling.delete(stream);
    });
    this.#telling.set(stream, telling);
    return telling;
  }

  async #tellMutedUntilSame(stream: LocalStreamSender): Promise<void> {
    let told: boolean;
    do {
      const { wireStreamId } = stream;
      told = stream.muted;
      const muted = told;
      if (wireStreamId === undefined) return;
      await this.whileJoined((requests) => requests.updateStream(wireStreamId, muted));
    } while (stream.muted !== told && !this.#mutedByModerator.has(stream));
  }

  async #liftMute(stream: LocalStreamSender): Promise<void> {
    const { wireStreamId } = stream;
    const requests = this.#options.patientRequests();
    this.#unmuting.add(stream);
    if (wireStreamId !== undefined && requests !== undefined) await requests.unmute(wireStreamId);
    // The person or a moderator may have muted it again meanwhile.
    if (!this.#unmuting.delete(stream)) return await this.#tellMuted(stream);
    this.#mutedByModerator.delete(stream);
    stream.setMuted(false);
    this.#options.onChange();
  }

  #published(wireStreamId: string): LocalStreamSender | undefined {
    const streamId = this.#sender.localStreamId(wireStreamId);
    return streamId === undefined ? undefined : this.#sender.stream(streamId);
  }
}
