import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { invalid, Refusal } from "../meeting/refusal.ts";
import type { Participant } from "../participant/participant.ts";

/** Longest content of a chat message, bytes. */
export const MAX_MESSAGE_CONTENT_LENGTH = 16 * 1024;
/** Longest content of a reaction, bytes. */
export const MAX_REACTION_CONTENT_LENGTH = 256;
/** Longest content of a poll, bytes. */
export const MAX_POLL_CONTENT_LENGTH = 16 * 1024;
/** Longest content of a vote, bytes. */
export const MAX_VOTE_CONTENT_LENGTH = 1024;

/**
 * What somebody says, which is opaque to us.
 *
 * @throws {Refusal} INVALID_REQUEST when it is empty or has more than `limit` bytes.
 */
export function readContent(content: Uint8Array, limit: number): Uint8Array {
  if (content.length === 0 || content.length > limit) {
    throw invalid(`content has ${content.length} bytes, not 1 to ${limit}`);
  }
  return content;
}

/**
 * Lets somebody pass whose join token allows to say something.
 *
 * @throws {Refusal} FORBIDDEN.
 */
export function checkMayTalk({ identity }: Participant): void {
  if (identity.grants.has("chat")) return;
  throw new Refusal(ErrorCode.FORBIDDEN, 'saying something needs the grant "chat"');
}
