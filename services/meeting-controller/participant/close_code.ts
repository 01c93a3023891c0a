/** Why a signaling session ends: the close code of its WebTransport session (proto/README.md). */
export const CloseCode = {
  NORMAL: 0,
  INVALID_REQUEST: 1,
  UNAUTHORIZED: 2,
  TIMEOUT: 3,
  SUPERSEDED: 4,
  GOING_AWAY: 5,
  MEETING_ENDED: 6,
  REMOVED: 7,
  TOO_SLOW: 8,
  INTERNAL_ERROR: 9,
  OVER_LIMIT: 10,
  DENIED: 11,
  BANNED: 12,
} as const;
export type CloseCode = typeof CloseCode[keyof typeof CloseCode];
