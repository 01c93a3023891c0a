import type { SourceGrant } from "../../../core/meeting/source_grant.ts";
import type { ConnectionNews } from "./connection_health.svelte.ts";

/** Something that happened in a meeting and is worth a line for a moment. */
export type Announcement =
  | { readonly what: "joined" | "left"; readonly name: string }
  | { readonly what: "share-failed" | "device-failed" }
  | { readonly what: "not-granted"; readonly source: SourceGrant }
  | ConnectionNews;
