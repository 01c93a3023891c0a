/** Where settings come from; `Deno.env` fits. */
export interface Environment {
  get(name: string): string | undefined;
}

/** A setting that is missing or wrong; its message is for the operator, in one line. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

/** An empty variable counts as unset, since containers often pass it so. */
function read(env: Environment, name: string): string | undefined {
  const value = env.get(name)?.trim();
  return value === "" ? undefined : value;
}

/**
 * The text of `name`.
 *
 * @throws {ConfigurationError} when it is unset and there is no fallback.
 */
export function readString(env: Environment, name: string, fallback?: string): string {
  const value = read(env, name) ?? fallback;
  if (value === undefined) throw new ConfigurationError(`${name} is not set`);
  return value;
}

/** The text of `name`, or undefined when it is unset. */
export function readOptionalString(env: Environment, name: string): string | undefined {
  return read(env, name);
}

/**
 * The whole number in `name`.
 *
 * @throws {ConfigurationError} when it is none or outside the bounds.
 */
export function readInteger(
  env: Environment,
  name: string,
  options: { fallback: number; minimum: number; maximum: number },
): number {
  const text = read(env, name);
  if (text === undefined) return options.fallback;
  const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= options.minimum && value <= options.maximum)) {
    throw new ConfigurationError(
      `${name} is "${text}", not a number from ${options.minimum} to ${options.maximum}`,
    );
  }
  return value;
}

/**
 * The port in `name`; 0 asks for any free one.
 *
 * @throws {ConfigurationError} when it is none.
 */
export function readPort(env: Environment, name: string, fallback: number): number {
  return readInteger(env, name, { fallback, minimum: 0, maximum: 65_535 });
}

/**
 * "true" or "false" in `name`.
 *
 * @throws {ConfigurationError} at any other text.
 */
export function readBoolean(env: Environment, name: string, fallback: boolean): boolean {
  const text = read(env, name);
  if (text === undefined) return fallback;
  if (text !== "true" && text !== "false") {
    throw new ConfigurationError(`${name} is "${text}", neither true nor false`);
  }
  return text === "true";
}

/** Shortest secret that services share, characters. */
export const MINIMUM_SECRET_LENGTH = 32;

/**
 * The shared secret in `name`.
 *
 * @throws {ConfigurationError} when it is unset or short; the message never holds it.
 */
export function readSecret(env: Environment, name: string): string {
  const secret = readString(env, name);
  if (secret.length < MINIMUM_SECRET_LENGTH) {
    throw new ConfigurationError(`${name} has fewer than ${MINIMUM_SECRET_LENGTH} characters`);
  }
  return secret;
}
