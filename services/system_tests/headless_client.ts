import {
  type Connect,
  type EncodedFrame,
  type LocalStreamDescription,
  Meeting,
  type MeetingEndpoints,
  type MeetingOptions,
  type MeetingState,
  type RemoteFrame,
  type RemoteParticipant,
  type TimingMark,
} from "../../client/core/meeting/meeting.ts";
import { eventually } from "./eventually.ts";

/** How long anything in a meeting of this suite may take, milliseconds. */
const PATIENCE_MS = 5_000;
const FRAME_INTERVAL_US = 33_333;

/** A decrypted frame, and when it arrived, milliseconds of `performance.now`. */
export type ArrivedFrame = RemoteFrame & { readonly arrivedAtMs: number };

/** A participant without devices: sends made-up frames and keeps all that it receives. */
export class HeadlessClient implements AsyncDisposable {
  readonly meeting: Meeting;
  readonly frames: ArrivedFrame[] = [];
  readonly states: MeetingState[] = [];
  readonly timings: TimingMark[] = [];
  readonly keyFrameCalls: string[] = [];
  /** Epochs of the meeting as they were heard to rise. */
  readonly epochs: bigint[] = [];
  readonly reactions: { readonly participantId: string; readonly emoji: string }[] = [];
  /** Who asked this client to unmute, in order. */
  readonly unmuteAsked: string[] = [];
  /** Own streams that a moderator ended. */
  readonly stopped: string[] = [];
  #timestampUs = 0;

  constructor(options: {
    readonly connect: Connect;
    readonly fetchGrant: MeetingOptions["fetchGrant"];
    readonly fetchEndpoints?: MeetingOptions["fetchEndpoints"];
    readonly endpoints?: MeetingEndpoints;
  }) {
    this.meeting = new Meeting({
      connect: options.connect,
      fetchGrant: options.fetchGrant,
      fetchEndpoints: options.fetchEndpoints,
      endpoints: options.endpoints,
      onEpoch: (epoch) => this.epochs.push(epoch),
      events: {
        onState: (state) => this.states.push(state),
        onFrame: (frame) => this.frames.push({ ...frame, arrivedAtMs: performance.now() }),
        onKeyFrameNeeded: (streamId) => this.keyFrameCalls.push(streamId),
        onTiming: (mark) => this.timings.push(mark),
        onReaction: (reaction) => this.reactions.push(reaction),
        onUnmuteAsked: ({ participantId }) => this.unmuteAsked.push(participantId),
        onStreamStopped: (streamId) => this.stopped.push(streamId),
      },
    });
  }

  get state(): MeetingState {
    return this.meeting.state;
  }

  /** Joins and waits until media may flow. */
  async join(
    name: string,
    streams: LocalStreamDescription[] = [],
    withinMs = PATIENCE_MS,
  ): Promise<void> {
    await this.meeting.join({ name, streams });
    await this.until("media is connected", () => this.state.media === "connected", withinMs);
  }

  /** Sends a frame as an encoder would: a key frame whenever one is called for. */
  async send(streamId: string, frame: Partial<EncodedFrame> & { data: Uint8Array }) {
    const stream = this.meeting.localStream(streamId);
    if (stream === undefined) throw new Error(`${streamId} is not published`);
    this.#timestampUs += FRAME_INTERVAL_US;
    const calls = this.keyFrameCalls.filter((id) => id === streamId).length;
    const keyFrame = frame.keyFrame ?? (stream.needsKeyFrame || calls > 0);
    if (keyFrame) this.#answerCalls(streamId);
    return await stream.send({ timestampUs: this.#timestampUs, ...frame, keyFrame });
  }

  /** Sends made-up frames until `seen` holds; resolves to the contents that were sent. */
  async sendUntil(
    streamId: string,
    what: string,
    seen: () => boolean,
    make: () => Uint8Array = () => crypto.getRandomValues(new Uint8Array(400)),
  ): Promise<Uint8Array[]> {
    const sent: Uint8Array[] = [];
    await this.until(what, async () => {
      const data = make();
      if (await this.send(streamId, { data })) sent.push(data);
      return seen();
    });
    return sent;
  }

  participant(name: string): RemoteParticipant | undefined {
    return this.state.participants.find((participant) => participant.name === name);
  }

  /** The frames received from a stream. */
  framesOf(streamId: string): ArrivedFrame[] {
    return this.frames.filter((frame) => frame.streamId === streamId);
  }

  /** Waits until `look` holds. */
  until(
    what: string,
    look: () => boolean | Promise<boolean>,
    withinMs = PATIENCE_MS,
  ): Promise<boolean> {
    return eventually(what, withinMs, look);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.meeting[Symbol.asyncDispose]();
  }

  #answerCalls(streamId: string): void {
    const others = this.keyFrameCalls.filter((id) => id !== streamId);
    this.keyFrameCalls.splice(0, Infinity, ...others);
  }
}

/** A microphone to publish. */
export function microphone(): LocalStreamDescription {
  return { streamId: crypto.randomUUID(), type: "audio", codec: "opus", maxBitrateBps: 32_000 };
}

/** A camera to publish. */
export function camera(): LocalStreamDescription {
  return {
    streamId: crypto.randomUUID(),
    type: "camera",
    codec: "vp09.00.10.08",
    maxBitrateBps: 1_000_000,
    video: { width: 640, height: 360, framerate: 30 },
  };
}
