import { fetchJoinGrant, fetchMeetingEndpoints } from "../../../core/meeting/grant.ts";
import { Meeting } from "../../../core/meeting/meeting.ts";
import type { MeetingEvents } from "../../../core/meeting/meeting.ts";
import { isVideo, type MeetingState } from "../../../core/meeting/meeting_state.ts";
import type { DownlinkReport } from "../../../core/meeting/stream_quality.ts";
import { chooseVideoCodec, type VideoCodec } from "../encode/video_codec.ts";
import { videoEncoderConfig } from "../encode/layer_encoder.ts";
import { PlayoutLink } from "../playout/playout_link.ts";
import { AudioLevels, LEVEL_REPORT_INTERVAL_MS } from "./audio_levels.ts";
import { connectBrowser } from "./browser_transport.ts";
import { CredentialRequests } from "./credential_requests.ts";
import { WARM_UP_PLAN, warmUpCodecs } from "./codec_warm_up.ts";
import { impairmentsOf } from "./downlink_status.ts";
import { decodeEndpoints } from "./endpoint_addresses.ts";
import { LocalMedia } from "./local_media.ts";
import { noticesTo, perform } from "./meeting_action.ts";
import { watchProcessor } from "./processor_watch.ts";
import type {
  FromWorker,
  JoinMark,
  WorkerCommand,
  WorkerConfiguration,
  WorkerRequest,
  WorkerRequests,
  WorkerResult,
} from "./protocol.ts";
import { ReceivedRate } from "./received_rate.ts";
import { RemoteMedia } from "./remote_media.ts";
import { RequestOrder } from "./request_order.ts";
import { transferredError } from "./transferred_error.ts";

/**
 * How long after the answer to a join the own encoders wait for the first picture of somebody else, for
 * which they would compete: milliseconds.
 */
const FIRST_PICTURE_PATIENCE_MS = 250;
/** Codecs are warmed this long after the connections stand: a click may come at once. Milliseconds. */
const WARM_UP_DELAY_MS = 300;

/** One meeting inside the worker: the core, and the media that goes into and comes out of it. */
export class WorkerSession {
  readonly #post: (message: FromWorker) => void;
  readonly #meeting: Meeting;
  readonly #local: LocalMedia;
  readonly #remote: RemoteMedia;
  readonly #playout: PlayoutLink;
  readonly #levels = new AudioLevels(() => performance.now());
  readonly #received = new ReceivedRate(performance.now());
  readonly #marked = new Set<JoinMark>();
  readonly #credentials = new CredentialRequests((id) =>
    this.#post({ type: "credentials-wanted", id })
  );
  #participantId: string | undefined;
  #codec: Promise<VideoCodec> | undefined;
  #joining = false;
  #localStart: ReturnType<typeof setTimeout> | undefined;
  readonly #order = new RequestOrder(() => this.#meeting.state.phase === "waiting");

  constructor(configuration: WorkerConfiguration, post: (message: FromWorker) => void) {
    this.#post = post;
    this.#meeting = new Meeting({
      connect: connectBrowser,
      fetchGrant: async ({ signal }) => {
        const { meetingCode, asksCredentials } = configuration;
        const shown = asksCredentials ? await this.#credentials.get(signal) : {};
        return await fetchJoinGrant(self.location.origin, meetingCode, { signal, ...shown });
      },
      fetchEndpoints: ({ signal }) =>
        fetchMeetingEndpoints(self.location.origin, configuration.meetingCode, { signal }),
      ...(configuration.endpoints ? { endpoints: decodeEndpoints(configuration.endpoints) } : {}),
      events: this.#meetingEvents(),
    });
    this.#playout = new PlayoutLink(configuration.sharedMemory);
    this.#remote = new RemoteMedia({
      playout: this.#playout,
      requestKeyFrame: (streamId, layer) => this.#meeting.requestKeyFrame(streamId, layer),
      resubscribe: (streamId) => void this.#resubscribe(streamId),
      setViews: (views) => this.#meeting.setViews(views),
      onDrawn: () => this.#drawn(),
    });
    this.#local = new LocalMedia({
      sink: this.#meeting,
      videoCodec: () => this.#videoCodec(),
      onLevel: (level) => {
        if (this.#participantId) this.#levels.observe(this.#participantId, level);
      },
      onQuality: (streamId, quality) => post({ type: "local-video-quality", streamId, quality }),
      onFailure: (streamId, error) =>
        post({ type: "local-stream-failed", streamId, error: transferredError(error) }),
    });
    watchProcessor(({ framerateShare, maxTemporalLayer }) => {
      this.#local.setFramerateShare(framerateShare);
      this.#remote.setMaxTemporalLayer(maxTemporalLayer);
    });
    if (configuration.reportAudioLevels) {
      setInterval(() => this.#reportLevels(), LEVEL_REPORT_INTERVAL_MS);
    }
  }

  /** Follows a command of the page. */
  command(command: Exclude<WorkerCommand, WorkerConfiguration>): void {
    switch (command.type) {
      case "connect-playout":
        return this.#playout.connect(command.port);
      case "credentials":
        return this.#credentials.answer(command);
      case "network-changed":
        return this.#meeting.networkChanged();
      case "add-canvas":
        return this.#remote.addCanvas(command.canvasId, command.canvas);
      case "attach-canvas":
        return this.#remote.attach(command.canvasId, command.streamId);
      case "detach-canvas":
        return this.#remote.detach(command.canvasId);
      case "remove-canvas":
        return this.#remote.removeCanvas(command.canvasId);
      case "measure-canvas":
        return this.#remote.measureCanvas(command.canvasId, command);
      case "order-views":
        return this.#remote.setOrder(command.order);
      case "page-visible":
        return this.#remote.setPageVisible(command.visible);
      case "output-latency":
        return this.#remote.setOutputLatency(command.latencyMs);
    }
  }

  /** Does what the page asks for and answers. */
  async answer(request: WorkerRequest): Promise<void> {
    try {
      const result = await this.#order.run(request.name, () => this.#perform(request));
      this.#post({ type: "response", id: request.id, ok: true, result });
    } catch (error) {
      this.#post({ type: "response", id: request.id, ok: false, error: transferredError(error) });
    }
  }

  async #perform(request: WorkerRequest): Promise<WorkerResult> {
    switch (request.name) {
      case "prepare":
        return await this.#prepare();
      case "join":
        return await this.#join(request.input);
      case "set-microphone":
        await this.#local.setMicrophone(request.input.microphone);
        return this.#local.ids;
      case "set-microphone-muted":
        return await this.#local.setMicrophoneMuted(request.input.muted);
      case "set-camera":
        await this.#local.setCamera(request.input.camera);
        return this.#local.ids;
      case "set-camera-off":
        return await this.#local.setCameraOff(request.input.off);
      case "add-camera":
        return { streamId: await this.#local.addCamera(request.input.camera) };
      case "remove-camera":
        return await this.#local.removeCamera(request.input.streamId);
      case "share-screen": {
        const { screen, sound, mode } = request.input;
        return { streamId: await this.#local.share(screen, sound, mode) };
      }
      case "set-share-mode":
        return this.#local.setShareMode(request.input.streamId, request.input.mode);
      case "stop-share":
        return await this.#local.stopShare(request.input.streamId);
      case "action":
        return await perform(this.#meeting, request.input);
      case "leave":
        return await this.#leave();
    }
  }

  async #prepare(): Promise<void> {
    // The network first: what it waits for, the processor can use.
    const prepared = this.#meeting.prepare();
    const codec = this.#videoCodec();
    codec.catch(() => undefined);
    await prepared;
    await new Promise((resolve) => setTimeout(resolve, WARM_UP_DELAY_MS));
    // Whoever clicked meanwhile has better use for the processor.
    if (!this.#joining) await codec.then(warmUpCodecs).catch(() => undefined);
  }

  async #join(input: WorkerRequests["join"]["input"]): Promise<WorkerRequests["join"]["result"]> {
    this.#marked.clear();
    this.#joining = true;
    const streams = await this.#local.start(input);
    if (!this.#joining) throw new DOMException("left before the join began", "AbortError");
    try {
      await this.#meeting.join({ name: input.name, streams });
    } catch (error) {
      this.#local.close();
      // The core keeps streams for another try; that one will bring its own.
      await Promise.allSettled(streams.map(({ streamId }) => this.#meeting.unpublish(streamId)));
      throw error;
    }
    const picturesComing = this.#meeting.state.participants.some(({ streams }) =>
      streams.some(({ type, muted }) => isVideo(type) && !muted)
    );
    this.#localStart = setTimeout(
      () => this.#local.begin(),
      picturesComing && !this.#marked.has("dt.join.first-frame") ? FIRST_PICTURE_PATIENCE_MS : 0,
    );
    return this.#local.ids;
  }

  async #leave(): Promise<void> {
    this.#joining = false;
    clearTimeout(this.#localStart);
    // First of all: when the page is closed, this worker has no more than a moment.
    const left = this.#meeting.leave();
    this.#local.close();
    this.#remote.close();
    await left;
  }

  #videoCodec(): Promise<VideoCodec> {
    return this.#codec ??= chooseVideoCodec(async (codec) => {
      const config = videoEncoderConfig(codec, WARM_UP_PLAN);
      return (await VideoEncoder.isConfigSupported(config)).supported === true;
    });
  }

  #meetingEvents(): MeetingEvents {
    return {
      onState: (state) => this.#follow(state),
      onFrame: (frame) => {
        if (frame.type === "audio") this.#levels.observe(frame.participantId, frame.audioLevel);
        this.#received.received(frame.data.byteLength);
        this.#remote.receive(frame.streamId, frame);
      },
      onKeyFrameNeeded: (streamId, spatialLayer) =>
        this.#local.requestKeyFrame(streamId, spatialLayer),
      onEncodingTargets: (streamId, targets) => this.#local.setTargets(streamId, targets),
      onActiveSpeakers: (speakers) =>
        this.#post({
          type: "active-speakers",
          participantIds: speakers.map(({ participantId }) => participantId),
        }),
      onDownlinkReport: (report) => this.#tellDownlink(report),
      onUplinkReport: (report) => this.#post({ type: "uplink-report", report }),
      ...noticesTo((notice) => {
        if (notice.name === "onStreamStopped") this.#local.stopped(notice.told);
        this.#post({ type: "notice", notice });
      }),
      onTiming: (timing) => {
        // The core's first frame is decrypted; the page's is drawn.
        if (timing !== "join.first-frame") this.#mark(`dt.${timing}`);
      },
    };
  }

  #tellDownlink({ streams, ...path }: DownlinkReport): void {
    const paused = streams.filter((stream) => stream.paused);
    this.#remote.setPaused(new Set(paused.map(({ streamId }) => streamId)));
    const impairments = impairmentsOf(streams, (streamId) => this.#remote.heightsOf(streamId));
    const receivedBitrateBps = this.#received.look(performance.now());
    this.#post({ type: "downlink-status", status: { ...path, receivedBitrateBps, impairments } });
  }

  /** A stream that no key frame gets going is asked for anew. */
  async #resubscribe(streamId: string): Promise<void> {
    try {
      await this.#meeting.unsubscribe(streamId);
      await this.#meeting.subscribe(streamId);
    } catch {
      // It is gone, or the watchdog comes again.
    }
  }

  #follow(state: MeetingState): void {
    this.#participantId = state.participantId;
    this.#local.follow(state.localStreams);
    this.#remote.follow(state);
    this.#post({ type: "state", state });
  }

  #drawn(): void {
    if (this.#marked.has("dt.join.first-frame")) return;
    this.#mark("dt.join.first-frame");
    clearTimeout(this.#localStart);
    this.#local.begin();
  }

  #mark(mark: JoinMark): void {
    if (this.#marked.has(mark)) return;
    this.#marked.add(mark);
    this.#post({ type: "mark", mark, atMs: performance.timeOrigin + performance.now() });
  }

  #reportLevels(): void {
    const levels = this.#levels.report();
    if (levels) this.#post({ type: "audio-levels", levels });
  }
}
