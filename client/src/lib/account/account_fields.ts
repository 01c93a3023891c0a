/** Shortest password that somebody may choose; as the API has it. */
export const MIN_PASSWORD_LENGTH = 12;
export const MAX_PASSWORD_LENGTH = 200;
export const MAX_EMAIL_LENGTH = 254;
/** Of people and organisations. */
export const MAX_NAME_LENGTH = 200;

/** `message` for text that is blank, undefined for any other. */
export function whenBlank(text: string, message: string): string | undefined {
  return text.trim() === "" ? message : undefined;
}

/** `message` for a password that is too short to be chosen, counted as the API does. */
export function whenTooShort(password: string, message: string): string | undefined {
  return [...password].length < MIN_PASSWORD_LENGTH ? message : undefined;
}

/** `message` for what cannot be an e-mail address; the API looks more closely. */
export function whenNoAddress(text: string, message: string): string | undefined {
  return /^\S+@\S+\.\S+$/.test(text.trim()) ? undefined : message;
}
