import { type Environment, readInteger, readString } from "../../../runtime/configuration.ts";

const DEFAULT_ROTATION_HOURS = 24;
const MAX_ROTATION_HOURS = 24 * 90;
const HOUR_MS = 3_600_000;

/** How the keys that sign tokens are kept. */
export interface KeySettings {
  /** A private Ed25519 JWK, from which the key that seals the signing keys is derived. */
  readonly signingKey: string;
  /** How long one key signs, milliseconds. */
  readonly signsForMs: number;
}

/**
 * Reads `DT_SIGNING_KEY` and `DT_KEY_ROTATION_HOURS`.
 *
 * @throws {ConfigurationError}
 */
export function readKeySettings(env: Environment): KeySettings {
  return {
    signingKey: readString(env, "DT_SIGNING_KEY"),
    signsForMs: HOUR_MS * readInteger(env, "DT_KEY_ROTATION_HOURS", {
      fallback: DEFAULT_ROTATION_HOURS,
      minimum: 1,
      maximum: MAX_ROTATION_HOURS,
    }),
  };
}
