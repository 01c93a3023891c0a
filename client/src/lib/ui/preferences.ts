/** What a person chose last time, kept in this browser only. */
export interface Preferences {
  readonly name: string;
  readonly microphoneMuted: boolean;
  readonly cameraOff: boolean;
  readonly cameraId: string;
  readonly microphoneId: string;
  readonly speakerId: string;
  /** Whether keys without a modifier are shortcuts. */
  readonly singleKeys: boolean;
}

/** The part of `localStorage` that is used. */
export type PreferenceStore = Pick<Storage, "getItem" | "setItem">;

const KEY = "dark-tower.preferences";

const DEFAULTS: Preferences = {
  name: "",
  microphoneMuted: false,
  cameraOff: false,
  cameraId: "",
  microphoneId: "",
  speakerId: "",
  singleKeys: true,
};

/** Reads the preferences; what is absent, damaged or forbidden by the browser is the default. */
export function readPreferences(store: () => PreferenceStore): Preferences {
  let saved: unknown;
  try {
    saved = JSON.parse(store().getItem(KEY) ?? "{}");
  } catch {
    return DEFAULTS;
  }
  const fields = typeof saved === "object" && saved !== null ? saved : {};
  const known = Object.entries(fields).filter(([name, value]) =>
    name in DEFAULTS && typeof value === typeof DEFAULTS[name as keyof Preferences]
  );
  return { ...DEFAULTS, ...Object.fromEntries(known) };
}

/** Changes some preferences; a browser that refuses to store them just forgets. */
export function savePreferences(
  store: () => PreferenceStore,
  changes: Partial<Preferences>,
): void {
  try {
    store().setItem(KEY, JSON.stringify({ ...readPreferences(store), ...changes }));
  } catch {
    // Private modes may refuse storage: the meeting works without it.
  }
}
