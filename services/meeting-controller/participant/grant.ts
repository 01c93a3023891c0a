import {
  ErrorCode,
  type MediaStream,
  StreamType,
} from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { Refusal } from "../meeting/refusal.ts";

/** What a participant may send or do. */
export const GRANTS = ["camera", "microphone", "screen", "chat", "moderate"] as const;
export type Grant = typeof GRANTS[number];

const KNOWN: ReadonlySet<unknown> = new Set(GRANTS);
/** Most entries that a token's list may have: room for grants that later versions know. */
const MAX_GRANTS = 32;

const GRANT_OF_STREAM: Readonly<Record<StreamType, Grant>> = {
  [StreamType.AUDIO]: "microphone",
  [StreamType.VIDEO_CAMERA]: "camera",
  [StreamType.VIDEO_SCREEN]: "screen",
  [StreamType.AUDIO_SCREEN]: "screen",
};

/** The grants in a token, without those we do not know; undefined when it is no list of texts. */
export function readGrants(claim: unknown): ReadonlySet<Grant> | undefined {
  if (!Array.isArray(claim) || claim.length > MAX_GRANTS) return undefined;
  if (claim.some((grant) => typeof grant !== "string")) return undefined;
  return new Set(claim.filter((grant): grant is Grant => KNOWN.has(grant)));
}

/**
 * Lets a stream pass that these grants allow.
 *
 * @throws {Refusal} FORBIDDEN.
 */
export function checkMayPublish(
  grants: ReadonlySet<Grant>,
  { streamType }: Pick<MediaStream, "streamType">,
): void {
  const needed = GRANT_OF_STREAM[streamType];
  if (grants.has(needed)) return;
  throw new Refusal(ErrorCode.FORBIDDEN, `publishing this needs the grant "${needed}"`);
}
