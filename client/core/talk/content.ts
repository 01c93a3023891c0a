import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type Content,
  ContentSchema,
} from "../../../proto/gen/dark_tower/content/v1/content_pb.ts";
import type { ContentKind } from "../crypto/message_protection.ts";

/** Version of the format that this client writes and reads. */
const CONTENT_VERSION = 1;

/** What somebody says. */
export type SpokenContent = NonNullable<MessageInitShape<typeof ContentSchema>["content"]>;

/** Which content each kind carries. */
const CASES: Readonly<Record<ContentKind, Content["content"]["case"]>> = {
  message: "chatText",
  reaction: "reaction",
  poll: "pollQuestion",
  vote: "pollVote",
};

/** A content that is none, or of another kind than its message. */
export class ContentFormatError extends Error {
  override readonly name = "ContentFormatError";
}

/** The bytes of a content (proto/dark_tower/content/v1/content.proto). */
export function encodeContent(content: SpokenContent): Uint8Array<ArrayBuffer> {
  return toBinary(ContentSchema, create(ContentSchema, { version: CONTENT_VERSION, content }));
}

/**
 * Reads the content of a message of this kind.
 *
 * @throws {ContentFormatError} when it is none.
 */
export function decodeContent(kind: ContentKind, bytes: Uint8Array): Content["content"] {
  let parsed: Content;
  try {
    parsed = fromBinary(ContentSchema, bytes);
  } catch (cause) {
    throw new ContentFormatError("not a content", { cause });
  }
  if (parsed.version !== CONTENT_VERSION) {
    throw new ContentFormatError(`content of version ${parsed.version}`);
  }
  if (parsed.content.case !== CASES[kind]) {
    throw new ContentFormatError(`${parsed.content.case} in a ${kind}`);
  }
  return parsed.content;
}
