/** Takes structured events: `message` is a stable name, the values are in `fields`. */
export interface MeetingLog {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
}

/** Keeps nothing. */
export const silentLog: MeetingLog = { debug() {}, info() {}, warn() {} };
