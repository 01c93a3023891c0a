import { platformScheduler } from "../../../core/crypto/scheduler.ts";
import {
  isVideo,
  type MeetingState,
  type RemoteStream,
} from "../../../core/meeting/meeting_state.ts";
import type { StreamView } from "../../../core/meeting/stream_view.ts";
import { DecodeLoad } from "../decode/decode_load.ts";
import type { ReceivedFrame } from "../decode/received_frame.ts";
import { RemoteAudio } from "../decode/remote_audio.ts";
import { RemoteVideo } from "../decode/remote_video.ts";
import type { PlayoutLink } from "../playout/playout_link.ts";
import type { PictureHeights } from "./downlink_status.ts";
import { RemoteCanvases } from "./remote_canvases.ts";
import { type RemoteSink, RemoteSync } from "./remote_sync.ts";
import { type ViewOrder, viewsOf } from "./remote_views.ts";
import { ViewAnnouncer } from "./view_announcer.ts";

/** Streams that are decoded before their canvas is there, when they come: about a page of tiles. */
export const MAXIMUM_EXPECTED_CANVASES = 8;

/** How often streams are looked after. */
const CHECK_INTERVAL_MS = 250;
/** How long the canvas of a new stream may take before the stream counts as shown nowhere. */
const CANVAS_PATIENCE_MS = 2_000;

export interface RemoteMediaOptions {
  readonly playout: PlayoutLink;
  requestKeyFrame(streamId: string, spatialLayer: number): void;
  /** Asks for a stream anew, since it got stuck. */
  resubscribe(streamId: string): void;
  /** Takes how streams are looked at. */
  setViews(views: readonly StreamView[]): void;
  /** A picture was drawn on a canvas. */
  onDrawn(): void;
}

/** Everything that is seen and heard of the others, and the canvases it is drawn on. */
export class RemoteMedia {
  readonly #options: RemoteMediaOptions;
  readonly #sinks = new Map<string, RemoteSink>();
  readonly #canvases = new RemoteCanvases();
  readonly #awaited = new Set<string>();
  readonly #announcer: ViewAnnouncer;
  readonly #sync = new RemoteSync();
  readonly #load = new DecodeLoad();
  #order: ViewOrder = { streamIds: [] };
  #paused: ReadonlySet<string> = new Set();
  #muted: ReadonlySet<string> = new Set();
  /** At which the others' pictures are captured, pixels, by stream. */
  #capturedHeights: ReadonlyMap<string, number> = new Map();
  #connected = false;
  #pageVisible = true;
  #outputLatencyMs = 0;
  #relief = 0;
  #maxTemporalLayer = Infinity;
  #checks: ReturnType<typeof setInterval> | undefined;

  constructor(options: RemoteMediaOptions) {
    this.#options = options;
    this.#announcer = new ViewAnnouncer((views) => options.setViews(views), platformScheduler);
  }

  /** Opens what the state's streams need and ends what is no longer there. */
  follow(state: MeetingState): void {
    const present = new Map<string, { participantId: string; stream: RemoteStream }>();
    for (const { id, streams } of state.participants) {
      for (const stream of streams) present.set(stream.streamId, { participantId: id, stream });
    }
    for (const [streamId, sink] of this.#sinks) {
      if (present.get(streamId)?.stream.codec !== sink.codec) this.#end(streamId, sink);
    }
    for (const { participantId, stream } of present.values()) {
      if (!this.#sinks.has(stream.streamId)) this.#open(participantId, stream);
    }
    const streams = [...present.values()].map(({ stream }) => stream);
    this.#followMuting(streams);
    this.#capturedHeights = new Map(
      streams.flatMap(({ streamId, video }) => video ? [[streamId, video.height]] : []),
    );
    this.#connected = state.media === "connected";
    // What another media session told says nothing about the next one.
    if (!this.#connected) this.#paused = new Set();
    this.#look();
  }

  /** Takes a decrypted frame. One of an unknown stream is left out. */
  receive(streamId: string, frame: ReceivedFrame): void {
    const sink = this.#sinks.get(streamId);
    if (sink?.kind === "audio") sink.audio.receive(frame);
    else sink?.video.receive(frame);
  }

  /** Takes over a canvas of the page. */
  addCanvas(canvasId: number, canvas: OffscreenCanvas): void {
    this.#canvases.add(canvasId, canvas);
  }

  /** Shows a stream on a canvas, instead of what it showed before. */
  attach(canvasId: number, streamId: string): void {
    this.#detach(canvasId);
    this.#canvases.assign(canvasId, streamId);
    this.#awaited.delete(streamId);
    const shown = this.#canvases.get(canvasId);
    const video = this.#video(streamId);
    if (shown) video?.attach(shown.canvas);
    this.#look();
  }

  /** Shows nothing more on a canvas. */
  detach(canvasId: number): void {
    this.#detach(canvasId);
    this.#look();
  }

  /** Forgets a canvas that the page no longer has. */
  removeCanvas(canvasId: number): void {
    this.detach(canvasId);
    this.#canvases.remove(canvasId);
  }

  /** Notes how many device pixels of a canvas are on the screen, 0 by 0 for none. */
  measureCanvas(canvasId: number, size: { readonly width: number; readonly height: number }): void {
    this.#canvases.measure(canvasId, size);
    this.#look();
  }

  /** Notes which streams matter most. */
  setOrder(order: ViewOrder): void {
    this.#order = order;
    this.#look();
  }

  /** A hidden page needs no pictures. Its sound goes on. */
  setPageVisible(visible: boolean): void {
    this.#pageVisible = visible;
    this.#look();
  }

  /** Notes the streams that the media handler does not send for lack of bits. */
  setPaused(streamIds: ReadonlySet<string>): void {
    this.#paused = streamIds;
    this.#look();
  }

  /** How high a picture is, of how many pixels that could be seen; undefined while it is not shown. */
  heightsOf(streamId: string): PictureHeights | undefined {
    const heights = this.#canvases.heightsOf(streamId);
    const captured = this.#capturedHeights.get(streamId) ?? Infinity;
    return heights && { ...heights, captured };
  }

  /** Notes how long sound takes from the playout processor to the ear. */
  setOutputLatency(latencyMs: number): void {
    this.#outputLatencyMs = latencyMs;
    for (const sink of this.#sinks.values()) {
      if (sink.kind === "audio") sink.audio.outputLatencyMs = latencyMs;
    }
  }

  /** Decodes no temporal layer above this one from now on. */
  setMaxTemporalLayer(maxTemporalLayer: number): void {
    this.#maxTemporalLayer = maxTemporalLayer;
    for (const sink of this.#sinks.values()) {
      if (sink.kind === "video") sink.video.setMaxTemporalLayer(maxTemporalLayer);
    }
  }

  /** Ends all streams. */
  close(): void {
    for (const [streamId, sink] of this.#sinks) this.#end(streamId, sink);
    this.#announcer.close();
  }

  #open(participantId: string, stream: RemoteStream): void {
    const { streamId, codec, type } = stream;
    this.#checks ??= setInterval(() => this.#check(), CHECK_INTERVAL_MS);
    if (!isVideo(type)) {
      const audio = new RemoteAudio({ codec, writer: this.#options.playout.open(streamId) });
      audio.outputLatencyMs = this.#outputLatencyMs;
      this.#sinks.set(streamId, { kind: "audio", participantId, type, codec, audio });
      return;
    }
    const video = this.#openVideo(stream);
    video.setMaxTemporalLayer(this.#maxTemporalLayer);
    this.#sinks.set(streamId, { kind: "video", participantId, type, codec, video });
    if (stream.video) this.#canvases.readySpare(stream.video);
    this.#awaitCanvas(streamId);
    for (const canvas of this.#canvases.of(streamId)) video.attach(canvas);
  }

  #openVideo({ streamId, codec, type }: RemoteStream): RemoteVideo {
    const videos = [...this.#sinks.values()].filter(({ kind }) => kind === "video").length;
    return new RemoteVideo({
      codec,
      still: type === "screen",
      canvasExpected: videos < MAXIMUM_EXPECTED_CANVASES,
      requestKeyFrame: (spatialLayer) => this.#options.requestKeyFrame(streamId, spatialLayer),
      resubscribe: () => this.#options.resubscribe(streamId),
      onDrawn: this.#options.onDrawn,
      onDecoded: (decodeMs) => this.#load.observe(decodeMs),
    });
  }

  #followMuting(streams: readonly RemoteStream[]): void {
    const before = this.#muted;
    this.#muted = new Set(streams.filter(({ muted }) => muted).map(({ streamId }) => streamId));
    // Its tile gets a canvas in a moment: what comes until then should be there.
    for (const streamId of before) if (!this.#muted.has(streamId)) this.#awaitCanvas(streamId);
  }

  #awaitCanvas(streamId: string): void {
    this.#awaited.add(streamId);
    platformScheduler.after(CANVAS_PATIENCE_MS, () => {
      if (this.#awaited.delete(streamId)) this.#look();
    });
  }

  #video(streamId: string): RemoteVideo | undefined {
    const sink = this.#sinks.get(streamId);
    return sink?.kind === "video" ? sink.video : undefined;
  }

  #detach(canvasId: number): void {
    const shown = this.#canvases.get(canvasId);
    if (!shown?.streamId) return;
    this.#video(shown.streamId)?.detach(shown.canvas);
    this.#canvases.assign(canvasId, undefined);
  }

  /** Lets every stream and the meeting know how it is looked at. */
  #look(): void {
    const streamIds: string[] = [];
    for (const [streamId, sink] of this.#sinks) {
      if (sink.kind !== "video") continue;
      if (!this.#muted.has(streamId)) streamIds.push(streamId);
      sink.video.setOnScreen(this.#pageVisible && this.#canvases.onScreen(streamId));
      const stopped = this.#muted.has(streamId) || this.#paused.has(streamId);
      sink.video.setFlowing(this.#connected && !stopped);
    }
    this.#announcer.update(viewsOf({
      streamIds,
      awaited: this.#awaited,
      canvases: this.#canvases.shown(),
      order: this.#order,
      onScreen: this.#pageVisible,
      relief: this.#relief,
    }));
  }

  #check(): void {
    for (const sink of this.#sinks.values()) if (sink.kind === "video") sink.video.check();
    this.#sync.update(this.#sinks.values());
    this.#load.update(performance.now());
    if (this.#load.relief === this.#relief) return;
    this.#relief = this.#load.relief;
    this.#look();
  }

  #end(streamId: string, sink: RemoteSink): void {
    this.#sinks.delete(streamId);
    this.#awaited.delete(streamId);
    if (sink.kind === "audio") sink.audio.close();
    else sink.video.close();
    if (this.#sinks.size > 0) return;
    clearInterval(this.#checks);
    this.#checks = undefined;
  }
}
