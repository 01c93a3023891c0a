import { type PreferenceStore, readPreferences, savePreferences } from "./preferences.ts";

const browserStorage = (): PreferenceStore => localStorage;

/**
 * Whether keys without a modifier are shortcuts. They can be switched off, since speech input and
 * shaky hands press them by accident (WCAG 2.2, 2.1.4).
 */
export class SingleKeys {
  #enabled = $state(true);

  get enabled(): boolean {
    return this.#enabled;
  }

  set enabled(enabled: boolean) {
    this.#enabled = enabled;
    savePreferences(browserStorage, { singleKeys: enabled });
  }

  /** Reads what was chosen last time; only in a browser. */
  start(): void {
    this.#enabled = readPreferences(browserStorage).singleKeys;
  }
}
