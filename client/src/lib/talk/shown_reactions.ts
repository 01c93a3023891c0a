/** A reaction that is on the screen. */
export interface ShownReaction {
  readonly key: number;
  readonly participantId: string;
  readonly emoji: string;
  readonly endsAtMs: number;
}

/** How long a reaction is shown, milliseconds. */
export const REACTION_SHOWN_MS = 4_000;
/** Most reactions of one person at once: of more, the oldest go. */
export const MAX_REACTIONS_EACH = 6;
/** Most reactions of all at once. */
export const MAX_REACTIONS = 60;

/** What there is to react with. */
export const REACTIONS = ["👍", "👏", "❤️", "😂", "🎉", "😮", "🤔", "👎"] as const;

/** Whether this is one emoji and nothing else: others may send any text as a reaction. */
export function isEmoji(text: string): boolean {
  return /^\p{RGI_Emoji}$/v.test(text);
}

/** The reactions that are shown after one more; what is no emoji is not shown. */
export function withReaction(
  shown: readonly ShownReaction[],
  { participantId, emoji }: Pick<ShownReaction, "participantId" | "emoji">,
  nowMs: number,
): readonly ShownReaction[] {
  if (!isEmoji(emoji)) return shown;
  const key = (shown.at(-1)?.key ?? 0) + 1;
  const added = { key, participantId, emoji, endsAtMs: nowMs + REACTION_SHOWN_MS };
  const own = shown.filter((reaction) => reaction.participantId === participantId);
  const tooMany = new Set(own.slice(0, Math.max(0, own.length + 1 - MAX_REACTIONS_EACH)));
  return [...shown.filter((reaction) => !tooMany.has(reaction)), added].slice(-MAX_REACTIONS);
}

/** Those whose time is not over. */
export function stillShown(
  shown: readonly ShownReaction[],
  nowMs: number,
): readonly ShownReaction[] {
  const left = shown.filter(({ endsAtMs }) => endsAtMs > nowMs);
  return left.length === shown.length ? shown : left;
}
