import {
  encodeFrame,
  FRAME_HEADER_LENGTH,
  FrameType,
} from "../../proto/media_frame/frame_header.ts";
import { type Frame, FrameParser } from "../../proto/media_frame/frame_parser.ts";
import { platformScheduler } from "../../client/core/crypto/scheduler.ts";
import { ArrivalReporter } from "../../client/core/receive/arrival_reporter.ts";
import {
  encodeStreamHeader,
  readStreamHeader,
  STREAM_HEADER_LENGTH,
  type StreamHeader,
  StreamKind,
} from "../../proto/media_stream/stream_header.ts";
import { frameMessage, readMessages } from "../../proto/signaling/message_framing.ts";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { MediaHandlerService } from "../../proto/gen/dark_tower/internal/v1/internal_pb.ts";
import {
  MediaClientEnvelopeSchema,
  MediaServerEnvelopeSchema,
} from "../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import { StreamType } from "../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { createRpcClient } from "../../services/runtime/rpc/rpc_client.ts";
import { connectWebTransport } from "../../services/runtime/webtransport/client.ts";
import type { WebTransportSession } from "../../services/runtime/webtransport/session.ts";
import type { Stack } from "../../services/stack/stack.ts";
import { readProcessUsage } from "./process_usage.ts";

/** One publisher whose frames the media handler sends to each of several subscribers. */
export interface ForwardingLoad {
  readonly subscribers: number;
  /** Payload of each frame, bytes. */
  readonly frameBytes: number;
  readonly framesPerSecond: number;
  /** How long it is measured, after the same load ran for seven seconds, milliseconds. */
  readonly durationMs: number;
}

/** What forwarding that load cost. */
export interface ForwardingResult {
  readonly framesDelivered: number;
  /** Processor time of the media handler for each delivered frame, microseconds. */
  readonly cpuUsPerFrame: number;
  /** From the publisher's write to the subscriber's read, milliseconds. */
  readonly latenciesMs: number[];
  /** Resident memory of the media handler at the end, bytes. */
  readonly residentBytes: number;
  /** Part of the frames that reached each subscriber, 0 to 1. */
  readonly delivered: number;
}

/** Until the path counts as calm and the code is compiled. */
const WARM_UP_MS = 7_000;
const GROUP_SECONDS = 4;

/** Runs `load` against the media handler of `stack`, taking the meeting controller's part. */
export async function measureForwarding(
  stack: Stack,
  load: ForwardingLoad,
): Promise<ForwardingResult> {
  const { listening, pid } = stack.service("media-handler");
  const rpc = createRpcClient(MediaHandlerService, {
    baseUrl: String(listening.rpc_endpoint),
    secret: stack.secrets.serviceSecret,
    issuer: "bench",
    audience: "media-handler",
  });
  const hashes = (listening.certificate_hashes as string[]).map((hash) =>
    Uint8Array.fromBase64(hash)
  );
  const meetingId = crypto.randomUUID();
  const streamId = crypto.randomUUID();
  let keyFrameWanted = false;
  const connect = async () => {
    const participantId = crypto.randomUUID();
    const { connectionToken } = await rpc.registerParticipant({ participantId, meetingId });
    const session = await connectWebTransport(String(listening.endpoint), {
      certificateHashes: hashes,
    });
    await authenticate(session, connectionToken, () => keyFrameWanted = true);
    return { participantId, session };
  };
  const publisher = await connect();
  const subscribers = [];
  for (let index = 0; index < load.subscribers; index++) subscribers.push(await connect());
  await rpc.routeMedia({
    meetingId,
    commands: [{
      sourceStreamId: streamId,
      sourceParticipantId: publisher.participantId,
      destinationParticipantIds: subscribers.map(({ participantId }) => participantId),
      streamType: StreamType.VIDEO_CAMERA,
    }],
  });

  const received: Reception = { frames: 0, latenciesMs: [], measuring: false };
  for (const { session } of subscribers) {
    receive(session, received).catch(() => undefined); // Ends with the session.
  }
  const writer = (await publisher.session.createUnidirectionalStream()).getWriter();
  await writer.write(
    encodeStreamHeader({ kind: StreamKind.publish, spatialLayer: 0, deliveryNumber: 1, streamId }),
  );
  let sequence = 0;
  let groupNumber = -1;
  const send = async () => {
    const payload = new Uint8Array(load.frameBytes);
    new DataView(payload.buffer).setFloat64(0, performance.now());
    const number = sequence++;
    const key = keyFrameWanted || number % (load.framesPerSecond * GROUP_SECONDS) === 0;
    keyFrameWanted = false;
    if (key) groupNumber++;
    await writer.write(encodeFrame({
      frameType: key ? FrameType.videoKey : FrameType.videoDelta,
      streamId,
      timestampUs: Math.round((number * 1e6) / load.framesPerSecond),
      sequence: number,
      endOfFrame: true,
      discardable: false,
      referenceDistance: 0,
      spatialLayer: 0,
      temporalLayer: 0,
      audioLevel: 127,
      groupNumber,
    }, payload));
  };
  await pace(send, load.framesPerSecond, WARM_UP_MS);
  const before = await readProcessUsage(pid);
  received.measuring = true;
  const sent = await pace(send, load.framesPerSecond, load.durationMs);
  received.measuring = false;
  const after = await readProcessUsage(pid);
  const result = {
    framesDelivered: received.frames,
    cpuUsPerFrame: ((after.cpuMs - before.cpuMs) * 1000) / received.frames,
    latenciesMs: received.latenciesMs,
    residentBytes: after.residentBytes,
    delivered: received.frames / (sent * load.subscribers),
  };
  for (const { session } of [publisher, ...subscribers]) session.close();
  return result;
}

interface Reception {
  frames: number;
  readonly latenciesMs: number[];
  measuring: boolean;
}

/** Authenticates and reads what follows on the control stream. */
async function authenticate(
  session: WebTransportSession,
  connectionToken: string,
  onKeyFrameRequest: () => void,
): Promise<void> {
  const control = await session.createBidirectionalStream();
  const writer = control.writable.getWriter();
  await writer.write(frameMessage(toBinary(
    MediaClientEnvelopeSchema,
    create(MediaClientEnvelopeSchema, {
      version: 1,
      message: { case: "authenticate", value: { connectionToken } },
    }),
  )));
  const messages = readMessages(control.readable);
  const { value } = await messages.next();
  const answer = fromBinary(MediaServerEnvelopeSchema, value!).message;
  if (answer.case !== "authenticated") throw new Error(`media handler answered ${answer.case}`);
  (async () => {
    for await (const bytes of messages) {
      const { message } = fromBinary(MediaServerEnvelopeSchema, bytes);
      if (message.case === "keyFrameRequest") onKeyFrameRequest();
    }
  })().catch(() => undefined); // Ends with the session.
}

/** Reads all that the media handler sends to one subscriber, and reports its arrival. */
async function receive(session: WebTransportSession, received: Reception): Promise<void> {
  const datagrams = session.datagrams.writable.getWriter();
  const streams = session.incomingUnidirectionalStreams.getReader();
  const arrivals = new ArrivalReporter({
    now: () => performance.now(),
    scheduler: platformScheduler,
    send: (datagram) => void datagrams.write(datagram).catch(() => undefined),
  });
  try {
    while (true) {
      const { done, value } = await streams.read();
      if (done) return;
      readFrames(value, arrivals, received).catch(() => undefined);
    }
  } finally {
    arrivals.stop();
  }
}

async function readFrames(
  stream: ReadableStream<Uint8Array>,
  arrivals: ArrivalReporter,
  received: Reception,
): Promise<void> {
  const parser = new FrameParser();
  let head = new Uint8Array();
  let header: StreamHeader | undefined;
  let bytes = 0;
  let frameEnd = STREAM_HEADER_LENGTH;
  for await (const chunk of stream) {
    bytes += chunk.length;
    let rest = chunk;
    if (header === undefined) {
      head = new Uint8Array([...head, ...chunk]);
      if (head.length < STREAM_HEADER_LENGTH) continue;
      header = readStreamHeader(head);
      rest = head.subarray(STREAM_HEADER_LENGTH);
    }
    const { kind, deliveryNumber } = header;
    if (kind === StreamKind.padding) arrivals.frameEnded(deliveryNumber, bytes);
    else {
      parser.push(rest, (frame) => {
        frameEnd += frame.bytes.length;
        arrivals.frameEnded(deliveryNumber, frameEnd, frame.header.timestampUs);
        count(frame, received);
      });
    }
    arrivals.received(deliveryNumber, bytes);
  }
}

function count({ bytes }: Frame, received: Reception): void {
  if (!received.measuring) return;
  received.frames++;
  const sentAtMs = new DataView(bytes.buffer).getFloat64(FRAME_HEADER_LENGTH);
  received.latenciesMs.push(performance.now() - sentAtMs);
}

/** Calls `act` at a steady rate, catching up when the machine is late, and counts the calls. */
async function pace(act: () => Promise<void>, perSecond: number, durationMs: number) {
  const startedAtMs = performance.now();
  let calls = 0;
  while (true) {
    const elapsedMs = performance.now() - startedAtMs;
    if (elapsedMs >= durationMs) return calls;
    while (calls < (elapsedMs * perSecond) / 1000) {
      await act();
      calls++;
    }
    const nextMs = (calls * 1000) / perSecond - (performance.now() - startedAtMs);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, nextMs)));
  }
}
