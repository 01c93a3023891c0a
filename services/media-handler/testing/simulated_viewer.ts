import { EventQueue } from "../../../proto/congestion/testing/event_queue.ts";
import { seededRandom } from "../../../proto/congestion/testing/random.ts";
import { SimulatedEncoder } from "../../../proto/congestion/testing/simulated_encoder.ts";
import {
  type LinkOptions,
  SimulatedLink,
} from "../../../proto/congestion/testing/simulated_link.ts";
import { SimulatedReceiver } from "../../../proto/congestion/testing/simulated_receiver.ts";
import { SimulatedTransport } from "../../../proto/congestion/testing/simulated_transport.ts";
import { StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { FRAME_HEADER_LENGTH, FrameType } from "../../../proto/media_frame/frame_header.ts";
import { type Frame, FrameParser } from "../../../proto/media_frame/frame_parser.ts";
import { readAudioDatagram } from "../../../proto/media_stream/audio_datagram.ts";
import {
  readStreamHeader,
  STREAM_HEADER_LENGTH,
  StreamKind,
} from "../../../proto/media_stream/stream_header.ts";
import type { Clock } from "../clock.ts";
import type { LayerTarget } from "../demand/layer_assignment.ts";
import { LayerDemand } from "../demand/layer_demand.ts";
import { AudioBatchTimer } from "../egress/audio_batch_timer.ts";
import { EgressTicker } from "../egress/egress_ticker.ts";
import type { OutgoingStream } from "../egress/outgoing_stream.ts";
import { Subscriber } from "../egress/subscriber.ts";
import { Publication, type PublishedLayer } from "../routing/publication.ts";
import { makeFrame } from "./frames.ts";
import { CAMERA_LADDER } from "./ladders.ts";

const FRAME_RATE = 30;
const STEP_MS = 5;
const SOUND_INTERVAL_MS = 20;
const SOUND_BYTES = 100;
/** From a wish, or a request for a key frame, to the publisher's encoder. */
const UPLINK_MS = 30;
const DISTANCES = [4, 1, 2, 1];

/** A frame as it reached the viewer. */
export interface ViewedFrame {
  readonly sentAtMs: number;
  readonly arrivedAtMs: number;
  readonly bytes: number;
  readonly isKey: boolean;
  readonly spatialLayer: number;
  readonly temporalLayer: number;
}

/**
 * One viewer of a camera and a microphone behind a simulated link: the real egress, an encoder that
 * follows the viewer's wish, and a receiver that reports.
 */
export class SimulatedViewer {
  readonly frames: ViewedFrame[] = [];
  readonly sound: { readonly sentAtMs: number; readonly arrivedAtMs: number }[] = [];
  readonly subscriber: Subscriber;
  readonly publication: Publication;
  keyFramesAsked = 0;
  readonly #events = new EventQueue();
  readonly #link: SimulatedLink;
  readonly #transport: SimulatedTransport;
  readonly #receiver: SimulatedReceiver;
  readonly #random: () => number;
  readonly #sentAtMs = new Map<string, number>();
  readonly #demand: LayerDemand;
  readonly #encoders = new Map<number, LayerEncoder>();

  constructor(link: LinkOptions, seed: number) {
    const events = this.#events;
    this.#random = seededRandom(seed);
    this.#link = new SimulatedLink(events, link, this.#random);
    this.#transport = new SimulatedTransport(events, this.#link);
    this.#receiver = new SimulatedReceiver(events, (report) => {
      const { rateBps, delayMs } = this.#link.phase;
      if (rateBps > 0) {
        events.at(events.nowMs + delayMs, () => void this.subscriber.report(report));
      }
    });
    const clock = clockOf(events);
    this.subscriber = new Subscriber({
      streams: { open: () => Promise.resolve(this.#openStream()) },
      clock,
      batches: new AudioBatchTimer(clock),
      ticker: new EgressTicker(clock),
      sendDatagram: (bytes) => this.#sendDatagram(bytes),
      sendDownlinkReport() {},
      onOpenFailed() {},
      wantReports() {},
    });
    this.#demand = new LayerDemand({
      clock,
      ladder: () => CAMERA_LADDER,
      wishes: () => this.publication.subscriptions.flatMap(({ wish }) => wish ?? []),
      send: (targets) => this.#later(() => this.#follow(targets)),
    });
    this.publication = this.#publish(StreamType.VIDEO_CAMERA, clock);
    this.publication.ladder = CAMERA_LADDER;
    this.#demand.changed();
  }

  /** Simulates the meeting up to `untilMs`. */
  async run(untilMs: number): Promise<void> {
    const events = this.#events;
    const microphone = this.#publish(StreamType.AUDIO, clockOf(events)).openLayer(0, () => {});
    let sequence = 0;
    events.every(SOUND_INTERVAL_MS, 3, () => {
      microphone.receive(
        makeFrame({
          streamId: this.publication.streamId,
          sequence: sequence++,
          type: FrameType.audio,
          payloadLength: SOUND_BYTES,
        }),
        events.nowMs,
      );
    });
    events.every(1_000 / FRAME_RATE, 0, () => this.#encode());
    for (let nowMs = 0; nowMs < untilMs; nowMs += STEP_MS) {
      events.runUntil(nowMs + STEP_MS);
      // Streams open in between.
      await Promise.resolve();
    }
  }

  #publish(type: StreamType, clock: Clock): Publication {
    const publication = new Publication({
      streamId: crypto.randomUUID(),
      publisherId: crypto.randomUUID(),
      type,
      clock,
      requestKeyFrame: (layer) => {
        this.keyFramesAsked++;
        this.#later(() => this.#encoders.get(layer)?.encoder.wantKeyFrame());
      },
      onWishesChanged: () => {
        if (type === StreamType.VIDEO_CAMERA && this.publication !== undefined) {
          this.#demand.changed();
        }
      },
    });
    publication.addSubscription(
      this.subscriber.subscribe(publication, { groupsSinceMs: 0, patienceMs: 0 }),
    );
    return publication;
  }

  #later(act: () => void): void {
    this.#events.at(this.#events.nowMs + UPLINK_MS, act);
  }

  /** Encodes what is in demand. */
  #follow(targets: readonly LayerTarget[]): void {
    for (const { spatialLayer, maxBitrateBps: bitrateBps } of targets) {
      const known = this.#encoders.get(spatialLayer);
      if (bitrateBps === 0) {
        known?.layer.end();
        this.#encoders.delete(spatialLayer);
      } else if (known === undefined) {
        this.#encoders.set(spatialLayer, {
          encoder: new SimulatedEncoder(FRAME_RATE, bitrateBps, this.#random),
          layer: this.publication.openLayer(spatialLayer, () => {}),
          phase: 0,
        });
      } else {
        known.encoder.setBitrate(bitrateBps, this.#events.nowMs);
      }
    }
  }

  #encode(): void {
    const nowMs = this.#events.nowMs;
    for (const [spatialLayer, state] of this.#encoders) {
      const { bytes, isKey, temporalLayer } = state.encoder.encode(nowMs);
      state.phase = isKey ? 0 : state.phase + 1;
      const sequence = this.#nextSequence(spatialLayer);
      const frame = makeFrame({
        streamId: this.publication.streamId,
        sequence,
        type: isKey ? FrameType.videoKey : FrameType.videoDelta,
        payloadLength: Math.max(1, Math.round(bytes) - FRAME_HEADER_LENGTH),
        spatialLayer,
        temporalLayer,
        referenceDistance: isKey ? 0 : DISTANCES[state.phase % DISTANCES.length]!,
      });
      this.#sentAtMs.set(`${spatialLayer}:${sequence}`, nowMs);
      state.layer.receive(frame, nowMs);
    }
  }

  readonly #sequences: number[] = [];
  #nextSequence(spatialLayer: number): number {
    return this.#sequences[spatialLayer] = (this.#sequences[spatialLayer] ?? -1) + 1;
  }

  #openStream(): OutgoingStream {
    const parser = new FrameParser();
    const pieces: Uint8Array[] = [];
    let number: number | undefined;
    let isVideo = false;
    const stream = this.#transport.openStream((endBytes) => {
      const piece = pieces.shift()!;
      if (number === undefined) {
        const header = readStreamHeader(piece);
        number = header.deliveryNumber;
        isVideo = header.kind === StreamKind.forwardVideo;
      } else if (isVideo) {
        parser.push(piece, (frame) => this.#viewed(frame));
      }
      this.#receiver.pieceArrived(number, endBytes, this.#events.nowMs);
    });
    return {
      write: (bytes) => {
        pieces.push(bytes.length === STREAM_HEADER_LENGTH ? bytes.slice() : bytes);
        stream.write(bytes.length);
      },
      close() {},
    };
  }

  #viewed({ header, bytes }: Frame): void {
    this.frames.push({
      sentAtMs: this.#sentAtMs.get(`${header.spatialLayer}:${header.sequence}`)!,
      arrivedAtMs: this.#events.nowMs,
      bytes: bytes.length,
      isKey: header.frameType === FrameType.videoKey,
      spatialLayer: header.spatialLayer,
      temporalLayer: header.temporalLayer,
    });
  }

  #sendDatagram(bytes: Uint8Array): void {
    const sentAtMs = this.#events.nowMs;
    const { number } = readAudioDatagram(bytes);
    this.#link.send(bytes.length, () => {
      this.sound.push({ sentAtMs, arrivedAtMs: this.#events.nowMs });
      this.#receiver.datagramArrived(number, sentAtMs);
    });
  }
}

interface LayerEncoder {
  readonly encoder: SimulatedEncoder;
  readonly layer: PublishedLayer;
  phase: number;
}

function clockOf(events: EventQueue): Clock {
  return {
    lagMs: () => 0,
    now: () => events.nowMs,
    after(delayMs, callback) {
      let isCancelled = false;
      events.at(events.nowMs + delayMs, () => {
        if (!isCancelled) callback();
      });
      return () => void (isCancelled = true);
    },
  };
}
