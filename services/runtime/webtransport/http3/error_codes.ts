/** Error codes of HTTP/3 and WebTransport that we send (RFC 9114 §8.1, RFC 9204 §6). */
export const Http3ErrorCode = {
  noError: 0x100,
  generalProtocolError: 0x101,
  internalError: 0x102,
  streamCreationError: 0x103,
  closedCriticalStream: 0x104,
  frameUnexpected: 0x105,
  frameError: 0x106,
  excessiveLoad: 0x107,
  idError: 0x108,
  settingsError: 0x109,
  missingSettings: 0x10a,
  messageError: 0x10e,
  qpackDecompressionFailed: 0x200,
} as const;
export type Http3ErrorCode = typeof Http3ErrorCode[keyof typeof Http3ErrorCode];

/** Bytes from the peer that break HTTP/3, QPACK or WebTransport rules. Never quotes the bytes. */
export class Http3Error extends Error {
  override readonly name = "Http3Error";
  readonly code: Http3ErrorCode;

  constructor(code: Http3ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
