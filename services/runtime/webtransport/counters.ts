/** What a listener or a client has seen, for metrics. Every number only rises, but the last two. */
export interface TransportCounters {
  /** Sessions handed to the application. */
  sessionsEstablished: number;
  /** Connections refused because too many handshakes were under way. */
  handshakesRefused: number;
  /** Connections closed because their address had too many unauthenticated ones. */
  addressesRefused: number;
  /** Sessions closed because the application did not take them. */
  sessionsNotTaken: number;
  /** Connections that broke HTTP/3 or WebTransport rules, a bad path included. */
  protocolErrors: number;
  /** Connections without SETTINGS or CONNECT in time. */
  connectDeadlinesMissed: number;
  /** Streams without a header in time, or that ended inside it. */
  streamsWithoutHeader: number;
  /** Streams and requests that belong to no session of ours. */
  streamsIgnored: number;
  /** Received datagrams dropped because the application was slow. */
  datagramsDropped: number;
  /** Received datagrams that belong to no session of ours. */
  datagramsInvalid: number;
  /** Datagrams not sent: too large, or too many waited. */
  datagramsNotSent: number;
  /** Now: connections whose QUIC handshake is not complete. */
  handshakesUnderWay: number;
  /** Now: connections, with or without a session. */
  connections: number;
}

/** Counters at zero. */
export function createTransportCounters(): TransportCounters {
  return {
    sessionsEstablished: 0,
    handshakesRefused: 0,
    addressesRefused: 0,
    sessionsNotTaken: 0,
    protocolErrors: 0,
    connectDeadlinesMissed: 0,
    streamsWithoutHeader: 0,
    streamsIgnored: 0,
    datagramsDropped: 0,
    datagramsInvalid: 0,
    datagramsNotSent: 0,
    handshakesUnderWay: 0,
    connections: 0,
  };
}
