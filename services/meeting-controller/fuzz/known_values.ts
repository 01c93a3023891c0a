import { PUBLIC_KEY_LENGTH, UNCOMPRESSED_POINT } from "../participant/encryption_keys.ts";
import type { Choice } from "./choice.ts";
import { hostileText } from "./hostile_values.ts";

/** What somebody who means harm knows, and may write into any envelope. */
export interface KnownValues {
  readonly meetingId: string;
  /** Ids of others in the meeting, or once in it. */
  readonly participants: readonly string[];
  /** Ids of streams: others', and own ones. */
  readonly streams: readonly string[];
  /** Ids of polls and messages. */
  readonly things: readonly string[];
  /** Valid for this person or not, used, or of another meeting. */
  readonly joinTokens: readonly string[];
  /** Of a session to resume. */
  readonly secret: Uint8Array;
  readonly proof: Uint8Array;
  readonly identityKey: Uint8Array;
}

const encoder = new TextEncoder();
const CODECS = ["opus", "vp8", "vp09.00.10.08"];

/** A text that a field of this name may well have, in UTF-8. */
export function plausibleText(name: string, known: KnownValues, choice: Choice): Uint8Array {
  const text = textFor(name, known, choice);
  return text === undefined ? hostileText(choice) : encoder.encode(text);
}

function textFor(name: string, known: KnownValues, choice: Choice): string | undefined {
  switch (name) {
    case "meeting_id":
      return known.meetingId;
    case "join_token":
      return choice.among(known.joinTokens);
    case "participant_id":
    case "participant_ids":
    case "recipient_id":
      return choice.among(known.participants);
    case "stream_id":
      return choice.happens(0.3) ? choice.uuid() : choice.among(known.streams);
    case "poll_id":
    case "message_id":
      return choice.happens(0.3) ? choice.uuid() : choice.among(known.things);
    case "participant_name":
    case "label":
      return choice.among(["Mallory", "M\u00fcller", "\u{1f600}"]);
    case "codec":
    case "video_codecs":
    case "audio_codecs":
      return choice.among(CODECS);
    case "layer_id":
    case "preferred_layer":
      return choice.among(["low", "mid", "high"]);
    case "key_id":
      return "abcdefghijklmnop";
    case "traceparent":
      return "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    default:
      return undefined;
  }
}

/** Bytes that a field of this name may well have. */
export function plausibleBytes(name: string, known: KnownValues, choice: Choice): Uint8Array {
  switch (name) {
    case "secret":
      return known.secret;
    case "proof":
      return known.proof;
    case "identity_key":
      return choice.happens(0.5) ? new Uint8Array(0) : known.identityKey;
    case "public_key": {
      const key = new Uint8Array(PUBLIC_KEY_LENGTH).fill(choice.below(256));
      key[0] = UNCOMPRESSED_POINT;
      return key;
    }
    default:
      return choice.bytes(1 + choice.below(64));
  }
}
