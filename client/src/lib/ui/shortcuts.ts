/** What a key combination asks for. */
export type Shortcut = "microphone" | "camera";

/** The part of a keyboard event that decides. */
export interface Keys {
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
  readonly repeat: boolean;
}

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
