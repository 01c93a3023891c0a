import type { Frame } from "../../../proto/media_frame/frame_parser.ts";
import { framePayload } from "../../../proto/media_frame/frame_parser.ts";
import { DecryptionError, type DecryptionErrorReason } from "./decryption_error.ts";
import type { FrameMetadata } from "./frame_metadata.ts";
import { MAX_COUNTER } from "./frame_counter.ts";
import { InOrder } from "./in_order.ts";
import type { ReceivedKeys, ReceivingKey } from "./received_keys.ts";
import type { Scheduler } from "./scheduler.ts";
import { kidOf, MAX_GENERATION, MAX_RATCHET_STEP } from "./sender_key.ts";
import { openSFrame, SFRAME_TAG_LENGTH } from "./sframe/cipher_suite.ts";
import { readSFrameHeader, type SFrameHeader } from "./sframe/header.ts";

/** How long a frame waits for its key, milliseconds. */
export const KEY_WAIT_MS = 1000;
/** Most frames that wait for a key, per stream. */
export const MAX_WAITING_FRAMES = 64;
/** Failures in a row after which the sender is asked for its key. */
export const FAILURES_BEFORE_REQUEST = 10;

/** Decrypts the frames of one stream of another participant. */
export interface FrameDecryptor {
  /**
   * The plaintext. Results come in the order of the calls, per stream.
   *
   * @throws {DecryptionError} (as rejection) when the frame must be dropped.
   */
  decrypt(frame: Frame): Promise<Uint8Array<ArrayBuffer>>;
}

/** What a decryptor stands on. */
export interface FrameDecryptorOptions {
  readonly streamId: string;
  readonly metadata: FrameMetadata;
  /** The sender's keys; undefined when the sender is no member. */
  readonly keys: () => ReceivedKeys | undefined;
  /** Asks the sender for its key. */
  readonly requestKey: () => void;
  readonly now: () => number;
  readonly scheduler: Scheduler;
}

interface WaitingFrame {
  readonly frame: Frame;
  readonly header: SFrameHeader;
  readonly deadlineMs: number;
  readonly resolve: (opened: Promise<OpenedFrame>) => void;
}

/** A frame that authenticated, and what is to be recorded of that once its turn comes. */
interface OpenedFrame {
  readonly plaintext: Uint8Array<ArrayBuffer>;
  readonly record: () => void;
}

/**
 * A frame whose key has not arrived waits for it, and so do the frames after it, up to a bound of
 * time and number; everything else goes to WebCrypto at once. Results keep the order of the calls
 * because each waits for the one before it (see `InOrder`).
 */
export class SFrameDecryptor implements FrameDecryptor {
  readonly #options: FrameDecryptorOptions;
  readonly #order = new InOrder();
  readonly #waiting: WaitingFrame[] = [];
  #subscription: Disposable | undefined;
  #deadline: Disposable | undefined;
  #failures = 0;

  constructor(options: FrameDecryptorOptions) {
    this.#options = options;
  }

  decrypt(frame: Frame): Promise<Uint8Array<ArrayBuffer>> {
    return this.#order.add(this.#start(frame), ({ plaintext, record }) => {
      record();
      return plaintext;
    });
  }

  #start(frame: Frame): Promise<OpenedFrame> {
    if (frame.header.streamId !== this.#options.streamId) return refuse("wrong-stream");
    const header = readHeader(framePayload(frame));
    if (header === undefined) return refuse("malformed");
    if (this.#waiting.length > 0) return this.#wait(frame, header);
    return this.#open(frame, header) ?? this.#wait(frame, header);
  }

  /** Undefined when the frame's key is not there yet. */
  #open(frame: Frame, header: SFrameHeader): Promise<OpenedFrame> | undefined {
    const keys = this.#options.keys();
    if (keys === undefined) return refuse("unknown-sender");
    const key = keys.find(header.kid);
    switch (key) {
      case "unknown":
        return undefined;
      case "old":
        return refuse("old-key");
      case "closed":
        return refuse("closed");
      default:
        return this.#openWith(keys, key, frame, header);
    }
  }

  async #openWith(
    keys: ReceivedKeys,
    key: ReceivingKey,
    frame: Frame,
    header: SFrameHeader,
  ): Promise<OpenedFrame> {
    const track = key.track(this.#options.streamId, frame.header.spatialLayer);
    if (track === undefined) throw new DecryptionError("too-many-tracks");
    if (!track.state.mayAccept(header.counter)) throw new DecryptionError("replayed");
    const frameKey = await track.frameKey.catch(() => {
      throw new DecryptionError("old-key"); // It was dropped before its frame key was derived.
    });
    const metadata = this.#options.metadata.of(frame.bytes);
    let plaintext: Uint8Array<ArrayBuffer>;
    try {
      plaintext = await openSFrame(frameKey, header, metadata, framePayload(frame));
    } catch {
      this.#failed();
      throw new DecryptionError("not-authentic");
    }
    const record = () => {
      // Checked again: the same frame may have been under way twice.
      if (!track.state.accept(header.counter)) throw new DecryptionError("replayed");
      keys.authenticated(key);
      this.#failures = 0;
    };
    return { plaintext, record };
  }

  #wait(frame: Frame, header: SFrameHeader): Promise<OpenedFrame> {
    const deadlineMs = this.#options.now() + KEY_WAIT_MS;
    const { promise, resolve } = Promise.withResolvers<OpenedFrame>();
    this.#waiting.push({ frame, header, deadlineMs, resolve });
    this.#subscription ??= this.#options.keys()?.onChange(() => this.#flush());
    if (this.#waiting.length > MAX_WAITING_FRAMES) this.#giveUpOldest();
    this.#flush();
    return promise;
  }

  /** Opens what can be opened from the oldest frame on, and sets the deadline of the next one. */
  #flush(): void {
    for (let oldest = this.#waiting[0]; oldest !== undefined; oldest = this.#waiting[0]) {
      const opened = this.#open(oldest.frame, oldest.header);
      if (opened !== undefined) {
        this.#waiting.shift();
        oldest.resolve(opened);
      } else if (oldest.deadlineMs <= this.#options.now()) {
        this.#giveUpOldest();
      } else break;
    }
    this.#deadline?.[Symbol.dispose]();
    this.#deadline = undefined;
    const next = this.#waiting[0];
    if (next === undefined) {
      this.#subscription?.[Symbol.dispose]();
      this.#subscription = undefined;
      return;
    }
    const delayMs = Math.max(0, next.deadlineMs - this.#options.now());
    this.#deadline = this.#options.scheduler.after(delayMs, () => this.#flush());
  }

  #giveUpOldest(): void {
    this.#waiting.shift()?.resolve(refuse("unknown-key"));
    this.#failed();
  }

  #failed(): void {
    this.#failures++;
    if (this.#failures < FAILURES_BEFORE_REQUEST) return;
    this.#failures = 0;
    this.#options.requestKey();
  }
}

/** Undefined when the payload is no SFrame object that a sender of ours can have made. */
function readHeader(payload: Uint8Array): SFrameHeader | undefined {
  let header: SFrameHeader;
  try {
    header = readSFrameHeader(payload);
  } catch {
    return undefined;
  }
  const complete = payload.length >= header.length + SFRAME_TAG_LENGTH;
  const inRange = header.kid <= kidOf(MAX_GENERATION, MAX_RATCHET_STEP) &&
    header.counter <= MAX_COUNTER;
  return complete && inRange ? header : undefined;
}

function refuse(reason: DecryptionErrorReason): Promise<OpenedFrame> {
  return Promise.reject(new DecryptionError(reason));
}
