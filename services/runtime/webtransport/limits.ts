/** How long a client may take from its first packet to its CONNECT request, ms. */
export const CONNECT_DEADLINE_MS = 3_000;
/** How long the header of a stream may take after the stream was opened, ms. */
export const STREAM_HEADER_DEADLINE_MS = 5_000;
/** Connections whose QUIC handshake is not complete; more are refused. */
export const MAX_CONCURRENT_HANDSHAKES = 256;
/** Connections of one address (IPv6: one /64) that have not authenticated; more are closed. */
export const MAX_UNAUTHENTICATED_PER_ADDRESS = 20;
/** Sessions that wait for the application to take them from the listener; more are closed. */
export const MAX_WAITING_SESSIONS = 256;
/**
 * Unidirectional streams a client may have open at a server, three of them for HTTP/3. QUIC buffers
 * up to 1.4 MB of each that nobody reads yet, and Deno cannot lower that: with the bidirectional ones
 * a hostile connection costs 23 MB at most.
 */
export const MAX_INCOMING_UNIDIRECTIONAL_STREAMS = 12;
/** Bidirectional streams a client may have open at a server, one of them the session's own. */
export const MAX_INCOMING_BIDIRECTIONAL_STREAMS = 4;
/** Streams of each kind a server may have open at our own client, as at a browser. */
export const MAX_CLIENT_INCOMING_STREAMS = 100;
/** Streams that HTTP/3 itself needs of the limit above: control and two of QPACK. */
export const HTTP3_UNIDIRECTIONAL_STREAMS = 3;
/** The CONNECT stream. */
export const HTTP3_BIDIRECTIONAL_STREAMS = 1;
/** Received datagrams that wait for the application; then the oldest is dropped. */
export const MAX_WAITING_DATAGRAMS = 256;
/** Datagrams that wait for the network; then new ones are dropped. */
export const MAX_OUTGOING_DATAGRAMS = 256;
/** The largest datagram we send, bytes: fits every path that carries QUIC at all. */
export const MAX_DATAGRAM_LENGTH = 1_100;
/** A connection that hears nothing for this long is lost, ms. */
export const MAX_IDLE_TIMEOUT_MS = 4_000;
/** A packet is sent at least this often, ms. */
export const KEEP_ALIVE_INTERVAL_MS = 1_000;
/** Bytes that a stream of HTTP/3's own may carry before the connection is closed. */
export const MAX_CONTROL_STREAM_LENGTH = 64 * 1_024;
/** How long the closing side waits for the peer to see the close code, ms. */
export const CLOSE_LINGER_MS = 1_000;
/** How long a closed endpoint keeps running so that its peers hear of it, ms. */
export const ENDPOINT_CLOSE_LINGER_MS = 300;
/** How long our own client tries to connect, ms. */
export const CLIENT_CONNECT_DEADLINE_MS = 10_000;

/** The limits of a listener that tests and operators may set; each defaults to its constant. */
export interface TransportLimits {
  readonly connectDeadlineMs: number;
  readonly streamHeaderDeadlineMs: number;
  readonly maxConcurrentHandshakes: number;
  readonly maxUnauthenticatedPerAddress: number;
  readonly maxWaitingSessions: number;
  readonly maxIncomingUnidirectionalStreams: number;
  readonly maxIncomingBidirectionalStreams: number;
  readonly maxWaitingDatagrams: number;
  readonly maxIdleTimeoutMs: number;
  readonly keepAliveIntervalMs: number;
  readonly closeLingerMs: number;
  readonly endpointCloseLingerMs: number;
}

/** The limits of a server. */
export const SERVER_LIMITS: TransportLimits = {
  connectDeadlineMs: CONNECT_DEADLINE_MS,
  streamHeaderDeadlineMs: STREAM_HEADER_DEADLINE_MS,
  maxConcurrentHandshakes: MAX_CONCURRENT_HANDSHAKES,
  maxUnauthenticatedPerAddress: MAX_UNAUTHENTICATED_PER_ADDRESS,
  maxWaitingSessions: MAX_WAITING_SESSIONS,
  maxIncomingUnidirectionalStreams: MAX_INCOMING_UNIDIRECTIONAL_STREAMS,
  maxIncomingBidirectionalStreams: MAX_INCOMING_BIDIRECTIONAL_STREAMS,
  maxWaitingDatagrams: MAX_WAITING_DATAGRAMS,
  maxIdleTimeoutMs: MAX_IDLE_TIMEOUT_MS,
  keepAliveIntervalMs: KEEP_ALIVE_INTERVAL_MS,
  closeLingerMs: CLOSE_LINGER_MS,
  endpointCloseLingerMs: ENDPOINT_CLOSE_LINGER_MS,
};

/** The limits of our own client: it trusts its server to open as many streams as at a browser. */
export const CLIENT_LIMITS: TransportLimits = {
  ...SERVER_LIMITS,
  connectDeadlineMs: CLIENT_CONNECT_DEADLINE_MS,
  maxIncomingUnidirectionalStreams: MAX_CLIENT_INCOMING_STREAMS,
  maxIncomingBidirectionalStreams: MAX_CLIENT_INCOMING_STREAMS,
};
