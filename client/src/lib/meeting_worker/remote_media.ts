import {
  isVideo,
  type MeetingState,
  type RemoteStream,
} from "../../../core/meeting/meeting_state.ts";
import type { ReceivedFrame } from "../decode/received_frame.ts";
import { RemoteAudio } from "../decode/remote_audio.ts";
import { RemoteVideo } from "../decode/remote_video.ts";
import type { PlayoutLink } from "../playout/playout_link.ts";

/** Canvases that the page may have at once. */
export const MAXIMUM_CANVASES = 256;
/** Streams that are decoded before their canvas is there, when they come: about a page of tiles. */
export const MAXIMUM_EXPECTED_CANVASES = 8;

export interface RemoteMediaOptions {
  readonly playout: PlayoutLink;
  requestKeyFrame(streamId: string): void;
  /** A picture was drawn on a canvas. */
  onDrawn(): void;
}

type Sink =
  | { readonly kind: "audio"; readonly codec: string; readonly audio: RemoteAudio }
  | { readonly kind: "video"; readonly codec: string; readonly video: RemoteVideo };

/** Everything that is seen and heard of the others, and the canvases it is drawn on. */
export class RemoteMedia {
  readonly #options: RemoteMediaOptions;
  readonly #sinks = new Map<string, Sink>();
  readonly #canvases = new Map<number, OffscreenCanvas>();
  /** Which stream each canvas shows. A canvas may come before its stream does. */
  readonly #shown = new Map<number, string>();

  constructor(options: RemoteMediaOptions) {
    this.#options = options;
  }

  /** Opens what the state's streams need and ends what is no longer there. */
  follow(state: MeetingState): void {
    const present = new Map<string, RemoteStream>();
    for (const participant of state.participants) {
      for (const stream of participant.streams) present.set(stream.streamId, stream);
    }
    for (const [streamId, sink] of this.#sinks) {
      if (present.get(streamId)?.codec !== sink.codec) this.#end(streamId, sink);
    }
    for (const stream of present.values()) {
      if (!this.#sinks.has(stream.streamId)) this.#open(stream);
    }
  }

  /** Takes a decrypted frame. One of an unknown stream is left out. */
  receive(streamId: string, frame: ReceivedFrame): void {
    const sink = this.#sinks.get(streamId);
    if (sink?.kind === "audio") sink.audio.receive(frame);
    else sink?.video.receive(frame);
  }

  /** Takes over a canvas of the page. */
  addCanvas(canvasId: number, canvas: OffscreenCanvas): void {
    if (this.#canvases.size >= MAXIMUM_CANVASES) return;
    this.#canvases.set(canvasId, canvas);
  }

  /** Shows a stream on a canvas, instead of what it showed before. */
  attach(canvasId: number, streamId: string): void {
    this.detach(canvasId);
    const canvas = this.#canvases.get(canvasId);
    if (!canvas) return;
    this.#shown.set(canvasId, streamId);
    const sink = this.#sinks.get(streamId);
    if (sink?.kind === "video") sink.video.attach(canvas);
  }

  /** Shows nothing more on a canvas. */
  detach(canvasId: number): void {
    const canvas = this.#canvases.get(canvasId);
    const sink = this.#sinks.get(this.#shown.get(canvasId) ?? "");
    this.#shown.delete(canvasId);
    if (canvas && sink?.kind === "video") sink.video.detach(canvas);
  }

  /** Forgets a canvas that the page no longer has. */
  removeCanvas(canvasId: number): void {
    this.detach(canvasId);
    this.#canvases.delete(canvasId);
  }

  /** Ends all streams. */
  close(): void {
    for (const [streamId, sink] of this.#sinks) this.#end(streamId, sink);
  }

  #open(stream: RemoteStream): void {
    const { streamId, codec } = stream;
    if (!isVideo(stream.type)) {
      const audio = new RemoteAudio({ codec, writer: this.#options.playout.open(streamId) });
      this.#sinks.set(streamId, { kind: "audio", codec, audio });
      return;
    }
    const video = new RemoteVideo({
      codec,
      canvasExpected: this.#videoStreams() < MAXIMUM_EXPECTED_CANVASES,
      requestKeyFrame: () => this.#options.requestKeyFrame(streamId),
      onDrawn: this.#options.onDrawn,
    });
    this.#sinks.set(streamId, { kind: "video", codec, video });
    if (stream.video) this.#readySpareCanvas(stream.video);
    for (const [canvasId, shown] of this.#shown) {
      const canvas = this.#canvases.get(canvasId);
      if (shown === streamId && canvas) video.attach(canvas);
    }
  }

  /**
   * Makes memory for a picture of this size on a canvas that shows nothing yet: that takes its time, and
   * the first picture is still on its way.
   */
  #readySpareCanvas({ width, height }: { readonly width: number; readonly height: number }): void {
    for (const [canvasId, canvas] of this.#canvases) {
      if (this.#shown.has(canvasId)) continue;
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
      canvas.getContext("2d", { alpha: false })?.fillRect(0, 0, width, height);
      return;
    }
  }

  #videoStreams(): number {
    return [...this.#sinks.values()].filter(({ kind }) => kind === "video").length;
  }

  #end(streamId: string, sink: Sink): void {
    this.#sinks.delete(streamId);
    if (sink.kind === "audio") sink.audio.close();
    else sink.video.close();
  }
}
