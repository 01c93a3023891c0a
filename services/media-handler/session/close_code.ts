/** Why a session ends, as its WebTransport close code (proto/README.md, "Close codes"). */
export const CloseCode = {
  normal: 0,
  invalidRequest: 1,
  unauthorized: 2,
  timeout: 3,
  superseded: 4,
  goingAway: 5,
  removed: 7,
  tooSlow: 8,
  internalError: 9,
  overLimit: 10,
} as const;
export type CloseCode = typeof CloseCode[keyof typeof CloseCode];
