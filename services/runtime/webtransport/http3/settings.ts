import { encodeFrame, FrameType } from "./frames.ts";
import { Http3Error, Http3ErrorCode } from "./error_codes.ts";
import { readVarint, varintLength, writeVarint } from "./varint.ts";

/** Settings of HTTP/3 that a WebTransport session needs, with the document that defines each. */
export const SettingId = {
  /** RFC 9204: size of the dynamic table. Absent, so 0: we only ever use the static table. */
  qpackMaxTableCapacity: 0x01,
  /** RFC 9114: the longest header section we take. */
  maxFieldSectionSize: 0x06,
  /** RFC 9220: extended CONNECT. */
  enableConnectProtocol: 0x08,
  /** RFC 9297: HTTP datagrams. */
  h3Datagram: 0x33,
  /** draft-ietf-masque-h3-datagram-04, what older browsers look for. */
  h3DatagramDraft04: 0xffd277,
  /** draft-ietf-webtrans-http3-02 to -06 (Chromium). */
  enableWebTransportDraft02: 0x2b603742,
  /** draft-ietf-webtrans-http3-07 to -12 (Chromium, Firefox). */
  webTransportMaxSessionsDraft07: 0xc671706a,
  /** draft-ietf-webtrans-http3-13 and -14 (Safari). 1 means: no flow control of sessions. */
  webTransportMaxSessionsDraft13: 0x14e9cd29,
} as const;

/** More settings than this in one frame are refused. */
export const MAX_SETTINGS = 64;
/** A longer SETTINGS payload is refused, bytes. */
export const MAX_SETTINGS_LENGTH = 1_024;

/** Identifiers RFC 9114 §7.2.4.1 reserves because they meant something else in HTTP/2. */
const HTTP2_SETTING_IDS: ReadonlySet<number> = new Set([0x00, 0x02, 0x03, 0x04, 0x05]);

/** Settings by identifier. */
export type Settings = ReadonlyMap<number, number>;

/** What both our ends announce, so that the browsers of all drafts agree to a session. */
export const OUR_SETTINGS: Settings = new Map([
  [SettingId.enableConnectProtocol, 1],
  [SettingId.h3Datagram, 1],
  [SettingId.h3DatagramDraft04, 1],
  [SettingId.enableWebTransportDraft02, 1],
  [SettingId.webTransportMaxSessionsDraft07, 16],
  [SettingId.webTransportMaxSessionsDraft13, 1],
]);

/** The SETTINGS frame, with its frame header (RFC 9114 §7.2.4). */
export function encodeSettings(settings: Settings): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const [id, value] of settings) length += varintLength(id) + varintLength(value);
  const payload = new Uint8Array(length);
  let offset = 0;
  for (const [id, value] of settings) {
    offset = writeVarint(payload, offset, id);
    offset = writeVarint(payload, offset, value);
  }
  return encodeFrame(FrameType.settings, payload);
}

/**
 * Reads the payload of a SETTINGS frame. Unknown identifiers are kept, as their number.
 *
 * @throws {Http3Error} on a truncated, duplicate or forbidden setting, or too many.
 */
export function decodeSettings(payload: Uint8Array): Settings {
  const settings = new Map<number, number>();
  for (let offset = 0; offset < payload.length;) {
    const id = readVarint(payload, offset);
    const value = id && readVarint(payload, id.end);
    if (!value) throw new Http3Error(Http3ErrorCode.frameError, "truncated setting");
    if (HTTP2_SETTING_IDS.has(id.value) || settings.has(id.value)) {
      throw new Http3Error(Http3ErrorCode.settingsError, "forbidden or duplicate setting");
    }
    if (settings.size === MAX_SETTINGS) {
      throw new Http3Error(Http3ErrorCode.excessiveLoad, "too many settings");
    }
    settings.set(id.value, value.value);
    offset = value.end;
  }
  return settings;
}

/** Whether a peer with these settings takes WebTransport sessions, in any draft that we speak. */
export function announcesWebTransport(settings: Settings): boolean {
  return [
    SettingId.enableWebTransportDraft02,
    SettingId.webTransportMaxSessionsDraft07,
    SettingId.webTransportMaxSessionsDraft13,
  ].some((id) => (settings.get(id) ?? 0) > 0);
}
