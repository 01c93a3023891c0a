import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type DownlinkReport,
  MediaClientEnvelopeSchema,
  type MediaServerEnvelope,
  MediaServerEnvelopeSchema,
} from "../../../proto/gen/dark_tower/media/v1/media_control_pb.ts";
import type { ErrorMessage } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { frameMessage, MessageParser } from "../../../proto/signaling/message_framing.ts";
import { RawPeer } from "../../runtime/webtransport/testing/raw_peer.ts";
import { eventually } from "../eventually.ts";

/** How long an answer of the media handler may take, milliseconds. */
const ANSWER_LIMIT_MS = 5_000;
/** Type of a bidirectional WebTransport stream and the id of the first session of a connection. */
const STREAM_OF_SESSION = [0x40, 0x41, 0x00];
/** Names that session in a datagram. */
const SESSION_PREFIX = 0x00;

/** An authenticated media session whose QUIC connection sends what no honest transport does. */
export class RawMediaSession implements AsyncDisposable {
  /** Settles when the media handler has ended the connection or the control stream. */
  readonly closed: Promise<void>;
  /** For what is beside the session. */
  readonly peer: RawPeer;
  readonly #writer: WritableStreamDefaultWriter;
  #answered = 0;
  readonly #messages: MediaServerEnvelope["message"][] = [];

  private constructor(
    peer: RawPeer,
    writer: WritableStreamDefaultWriter,
    readable: ReadableStream<Uint8Array>,
  ) {
    this.peer = peer;
    this.#writer = writer;
    this.closed = this.#read(readable).catch(() => undefined);
  }

  /** Connects and authenticates with `connectionToken`. */
  static async open(
    { port, hash }: { port: number; hash: Uint8Array<ArrayBuffer> },
    connectionToken: string,
  ): Promise<RawMediaSession> {
    const peer = await RawPeer.connect(port, { hash });
    await peer.sendSettings();
    const { readable: answer } = await peer.sendConnect();
    const reader = answer.getReader();
    await reader.read();
    const authenticate = create(MediaClientEnvelopeSchema, {
      version: 1,
      message: { case: "authenticate", value: { connectionToken } },
    });
    const bytes = frameMessage(toBinary(MediaClientEnvelopeSchema, authenticate));
    const control = await peer.openBidirectional([...STREAM_OF_SESSION, ...bytes]);
    const session = new RawMediaSession(peer, control.writer, control.readable);
    await session.#until(
      "authenticated",
      () => session.#messages.find((message) => message.case === "authenticated"),
    );
    return session;
  }

  /** Sends a datagram of the session, however long it is. */
  async sendDatagram(bytes: Uint8Array): Promise<void> {
    await this.sendRawDatagram(Uint8Array.of(SESSION_PREFIX, ...bytes));
  }

  /** Sends a datagram as it is. */
  async sendRawDatagram(bytes: Uint8Array): Promise<void> {
    await this.peer.quic.sendDatagram(bytes);
  }

  /** Resolves when the media handler answers a message, the first time with an error. */
  async answers(): Promise<void> {
    const empty = create(MediaClientEnvelopeSchema, { version: 1 });
    const before = this.#errors.length;
    await this.#writer.write(frameMessage(toBinary(MediaClientEnvelopeSchema, empty)));
    await this.#until("an answer", () => this.#errors.length > before);
    this.#answered = this.#errors.length;
  }

  /** The newest error, once there is one since the last answer. */
  error(): Promise<ErrorMessage> {
    return this.#until("an error", () => this.#errors.slice(this.#answered).at(-1));
  }

  /** What the media handler last told of the way to here. */
  get downlink(): DownlinkReport | undefined {
    return this.#messages.flatMap((m) => m.case === "downlinkReport" ? [m.value] : []).at(-1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.peer[Symbol.asyncDispose]();
  }

  get #errors(): ErrorMessage[] {
    return this.#messages.flatMap((message) => message.case === "error" ? [message.value] : []);
  }

  #until<T>(what: string, look: () => T | undefined | false): Promise<T> {
    return eventually(what, ANSWER_LIMIT_MS, look);
  }

  async #read(readable: ReadableStream<Uint8Array>): Promise<void> {
    const parser = new MessageParser();
    for await (const chunk of readable) {
      parser.push(chunk, (bytes) => {
        this.#messages.push(fromBinary(MediaServerEnvelopeSchema, bytes).message);
      });
    }
  }
}
