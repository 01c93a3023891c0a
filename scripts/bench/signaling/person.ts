import {
  ErrorCode,
  type ServerEnvelope,
  StreamType,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { RESUME_PROOF_ALGORITHM, resumeProofBytes } from "../../../proto/signaling/resume_proof.ts";
import type { Deed, DeedKind } from "./deeds.ts";
import type { ControllerAddress, Ticket } from "./load.ts";
import { ExpectedNews, news, newsOf } from "./news.ts";
import { type Asked, SignalingConnection } from "./signaling_connection.ts";

/** How long an answer to a join or resume may take, milliseconds. */
const ENTRY_DEADLINE_MS = 10_000;
/** Between tries of somebody whose controller is dead, milliseconds. */
const RETRY_AFTER_MS = 250;
const MESSAGE_LENGTH = 60;
const BITRATES_BPS = [500_000, 1_500_000] as const;

type Message = ServerEnvelope["message"];

/** Whom the people of a generator tell what they see. */
export interface Observer {
  /** Everybody who has to hear of the deed is counted. */
  onBegin(deed: Deed): void;
  onAnswer(deed: Deed, error: string | undefined): void;
  onNews(deed: Deed): void;
}

/** A P-256 key, by which everyone of a generator may resume: making one for each costs too much. */
export interface IdentityKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: Uint8Array;
}

/** One participant: what it takes to join, act and resume, and no more. */
export class Person {
  /** When the loss of the controller was noticed, monotonic milliseconds. */
  noticedAtMs: number | undefined;
  readonly cameraId = crypto.randomUUID();
  readonly #audioId = crypto.randomUUID();
  readonly #expected = new ExpectedNews();
  readonly #answers = new Map<number, (message: Message | undefined) => void>();
  #connection: SignalingConnection | undefined;
  #secret: Uint8Array = new Uint8Array();
  #isMuted = false;
  #isHandRaised = false;
  #screenId: string | undefined;
  #lastMessageNumber = 0n;
  #deeds = 0;

  /** @param others those in the same meeting, this one too. */
  constructor(
    readonly ticket: Ticket,
    private readonly endpoint: Deno.QuicEndpoint,
    private readonly others: readonly Person[],
    private readonly identity: IdentityKey,
    private readonly observer: Observer,
  ) {}

  get isConnected(): boolean {
    return this.#connection?.isOpen === true;
  }

  /** How long the controller has been silent, milliseconds. */
  silentMs(nowMs: number): number {
    return this.#connection === undefined ? 0 : nowMs - this.#connection.heardAtMs;
  }

  /** @throws {Error} naming why it cannot be. */
  async join(controller: ControllerAddress): Promise<void> {
    await this.#connect(controller);
    const { meetingId, participantId, joinToken } = this.ticket;
    await this.#enter({
      case: "joinRequest",
      value: {
        meetingId,
        joinToken,
        participantName: `Person ${participantId.slice(0, 8)}`,
        streams: this.#streams(),
        subscribeToAll: true,
        identityKey: this.identity.publicKey,
        // For the server it is any point of the curve.
        encryptionKeys: { publicKey: this.identity.publicKey, keyId: "1" },
      },
    });
  }

  /** Loses the connection, if it lives, and comes back. @throws {Error} naming why it cannot. */
  async resume(controller: ControllerAddress): Promise<void> {
    this.#connection?.close();
    await this.#connect(controller);
    await this.#enter(await this.#resumeRequest());
  }

  /** Tries to come back until it is so. @throws {Error} naming the last refusal after the deadline. */
  async recover(controller: ControllerAddress, deadlineAtMs: number): Promise<void> {
    this.#connection?.close();
    this.#connection = undefined;
    while (true) {
      try {
        if (!this.isConnected) await this.#connect(controller);
        return await this.#enter(await this.#resumeRequest());
      } catch (error) {
        if (performance.now() >= deadlineAtMs) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
      }
    }
  }

  ping(): void {
    this.#connection?.send({ case: "ping", value: {} });
  }

  /** Does something that was due then. */
  do(kind: DeedKind, dueAtMs: number): void {
    const deed: Deed = { kind, dueAtMs, unaware: 0 };
    const connection = this.#connection;
    if (connection?.isOpen !== true) {
      this.observer.onBegin(deed);
      return this.observer.onAnswer(deed, "no connection");
    }
    const { asked, name } = this.#decide(kind);
    if (name !== undefined) {
      for (const other of this.others) {
        if (other === this || !other.isConnected) continue;
        other.#expected.expect(name, deed);
        deed.unaware++;
      }
    }
    this.observer.onBegin(deed);
    this.#answers.set(connection.send(asked), (message) => {
      this.observer.onAnswer(deed, refusalOf(message));
    });
  }

  /** What is still not answered or heard of is not waited for any more. */
  forget(): void {
    this.#expected.clear();
    this.#answers.clear();
  }

  async #connect(controller: ControllerAddress): Promise<void> {
    this.#answers.clear();
    let connection: SignalingConnection | undefined = undefined;
    connection = await SignalingConnection.open(controller, this.endpoint, (envelope) => {
      if (envelope === undefined) this.#onEnd(connection);
      else this.#onMessage(envelope);
    });
    this.#connection = connection;
  }

  async #enter(asked: Asked): Promise<void> {
    const answer = await new Promise<Message | undefined>((resolve) => {
      const timer = setTimeout(() => resolve(undefined), ENTRY_DEADLINE_MS);
      this.#answers.set(this.#connection!.send(asked), (message) => {
        clearTimeout(timer);
        resolve(message);
      });
    });
    if (answer?.case !== "joinResponse") throw new Error(refusalOf(answer));
    this.#secret = answer.value.resumeSecret;
    this.#lastMessageNumber = answer.value.lastMessageNumber;
  }

  #onMessage({ requestId, message }: ServerEnvelope): void {
    const onAnswer = this.#answers.get(requestId);
    if (onAnswer !== undefined) {
      this.#answers.delete(requestId);
      return onAnswer(message);
    }
    if (message.case === "messageReceived") this.#lastMessageNumber = message.value.number;
    const name = newsOf(message);
    const deed = name === undefined ? undefined : this.#expected.hear(name);
    if (deed !== undefined) this.observer.onNews(deed);
  }

  #onEnd(connection: SignalingConnection | undefined): void {
    if (connection !== this.#connection) return;
    for (const onAnswer of this.#answers.values()) onAnswer(undefined);
    this.#answers.clear();
  }

  #decide(kind: DeedKind): { asked: Asked; name: string | undefined } {
    this.#deeds++;
    const { participantId } = this.ticket;
    switch (kind) {
      case "mute": {
        const [streamId, muted] = [this.#audioId, this.#isMuted = !this.#isMuted];
        return {
          asked: { case: "updateStream", value: { streamId, muted } },
          name: news.muted(streamId, muted),
        };
      }
      case "hand": {
        const raised = this.#isHandRaised = !this.#isHandRaised;
        return {
          asked: { case: "raiseHand", value: { raised } },
          name: news.hand(participantId, raised),
        };
      }
      case "chat": {
        const messageId = crypto.randomUUID();
        const content = new Uint8Array(MESSAGE_LENGTH);
        return {
          asked: { case: "sendMessage", value: { messageId, content } },
          name: news.message(messageId),
        };
      }
      case "reaction": {
        const text = `${participantId.slice(0, 8)} ${this.#deeds}`;
        const content = new TextEncoder().encode(text);
        return { asked: { case: "sendReaction", value: { content } }, name: news.reaction(text) };
      }
      case "subscribe": {
        const other = this.others.find((person) => person !== this) ?? this;
        const maxBitrate = BITRATES_BPS[this.#deeds % BITRATES_BPS.length]!;
        const value = { streamId: other.cameraId, options: { maxBitrate } };
        return { asked: { case: "subscribeStream", value }, name: undefined };
      }
      case "publish":
        return this.#shareOrNot();
    }
  }

  #shareOrNot(): { asked: Asked; name: string } {
    const streamId = this.#screenId;
    if (streamId !== undefined) {
      this.#screenId = undefined;
      const asked = { case: "unpublishStream", value: { streamId } } as const;
      return { asked, name: news.unpublished(streamId) };
    }
    this.#screenId = crypto.randomUUID();
    const value = { streamId: this.#screenId, streamType: StreamType.VIDEO_SCREEN };
    return { asked: { case: "publishStream", value }, name: news.published(this.#screenId) };
  }

  #streams() {
    const screen = this.#screenId;
    return [
      { streamId: this.#audioId, streamType: StreamType.AUDIO, muted: this.#isMuted },
      { streamId: this.cameraId, streamType: StreamType.VIDEO_CAMERA },
      ...(screen ? [{ streamId: screen, streamType: StreamType.VIDEO_SCREEN }] : []),
    ];
  }

  async #resumeRequest(): Promise<Asked> {
    const session = { ...this.ticket, secret: this.#secret };
    const { privateKey } = this.identity;
    const bytes = resumeProofBytes(session);
    const proof = await crypto.subtle.sign(RESUME_PROOF_ALGORITHM, privateKey, bytes);
    return {
      case: "resumeRequest",
      value: {
        meetingId: session.meetingId,
        participantId: session.participantId,
        secret: session.secret,
        proof: new Uint8Array(proof),
        lastMessageNumber: this.#lastMessageNumber,
        streams: this.#streams(),
      },
    };
  }
}

/** Why something was not done, in a few words; undefined: it was. */
function refusalOf(answer: Message | undefined): string | undefined {
  if (answer === undefined) return "no answer";
  if (answer.case !== "error") return undefined;
  return `${ErrorCode[answer.value.code]} ${answer.value.message}`;
}
