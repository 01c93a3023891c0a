/** What a key or key combination asks for. */
export type Shortcut = "microphone" | "camera" | "hand" | "chat" | "people";

/** The part of a keyboard event that decides. */
export interface Keys {
  readonly code: string;
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly repeat: boolean;
}

const SINGLE_KEYS: Readonly<Record<string, Shortcut>> = { r: "hand", c: "chat", p: "people" };

/** What takes single keys itself: fields, and whatever lies over the page. */
const TAKES_SINGLE_KEYS = "input, textarea, select, [contenteditable], dialog, [popover]";
/** What Space presses or scrolls. */
const TAKES_SPACE = `${TAKES_SINGLE_KEYS}, button, a, summary, video, audio, [tabindex]`;

/**
 * Ctrl/⌘+D is the microphone, Ctrl/⌘+E the camera: by the key's place (`code`), so that it works
 * in every keyboard layout.
 */
export function shortcutOf(keys: Keys): Shortcut | undefined {
  if (keys.ctrlKey === keys.metaKey || keys.altKey || keys.shiftKey || keys.repeat) {
    return undefined;
  }
  if (keys.code === "KeyD") return "microphone";
  if (keys.code === "KeyE") return "camera";
  return undefined;
}

/**
 * R is the hand, C the chat, P the people: by what the key writes, and by its place where it writes
 * no Latin letter.
 */
export function singleKeyShortcutOf(keys: Keys): Shortcut | undefined {
  if (keys.ctrlKey || keys.metaKey || keys.altKey || keys.shiftKey || keys.repeat) return undefined;
  const letter = /^[a-z]$/i.test(keys.key) ? keys.key : keys.code.replace(/^Key/, "");
  return Object.hasOwn(SINGLE_KEYS, letter.toLowerCase())
    ? SINGLE_KEYS[letter.toLowerCase()]
    : undefined;
}

/** Whether a single key pressed on this element is meant for the meeting. */
export function leavesSingleKeys(target: EventTarget | null): boolean {
  return !(target instanceof Element) || target.closest(TAKES_SINGLE_KEYS) === null;
}

/** Whether Space pressed on this element is meant for the meeting. */
export function leavesSpace(target: EventTarget | null): boolean {
  return !(target instanceof Element) || target.closest(TAKES_SPACE) === null;
}
