const MAX_INITIALS = 2;

/**
 * The letters that stand for a person whose camera is off: of the first and the last word, whole
 * characters as people see them (a composed letter or an emoji counts as one).
 */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/).filter((word) => word !== "");
  const chosen = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return chosen.slice(0, MAX_INITIALS).map((word) => firstCharacter(word ?? "")).join("")
    .toLocaleUpperCase();
}

/** A stable number below `count` for an identity, to choose a colour by. */
export function paletteIndex(identity: string, count: number): number {
  let hash = 2166136261;
  for (let index = 0; index < identity.length; index++) {
    hash = Math.imul(hash ^ identity.charCodeAt(index), 16777619);
  }
  return (hash >>> 0) % count;
}

function firstCharacter(word: string): string {
  // A segmenter loads tables for tens of milliseconds, and two plain letters never join into one.
  if (/^[\x21-\x7e]{2}/.test(word) || /^[\x21-\x7e]$/.test(word)) return word.charAt(0);
  for (const { segment } of new Intl.Segmenter(undefined).segment(word)) return segment;
  return "";
}
