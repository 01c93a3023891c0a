import { encodeStreamHeader, StreamKind } from "../../../proto/media_stream/stream_header.ts";
import { parseNetworkProfile } from "../../stack/network/network_profile_text.ts";
import { UdpRelay } from "../../stack/network/udp_relay.ts";
import { RawPeer } from "../../runtime/webtransport/testing/raw_peer.ts";

/** Streams that a hostile connection wants to fill. */
const STREAMS = 99;
/** Bytes that it writes to each: more than a server takes of one that nobody reads. */
const STREAM_BYTES = 2_000_000;
/** Type of a WebTransport stream and the id of the first session of a connection. */
const STREAM_OF_SESSION = [0x40, 0x54, 0x00];

/** What is to be attacked. */
export interface FullStreamsOrder {
  readonly port: number;
  readonly hash: Uint8Array<ArrayBuffer>;
  /** The network that the attack comes from, as a text. */
  readonly network: string;
  readonly connections: number;
}

/** How many streams each connection could open, once the server has closed them all. */
export type FullStreamsOutcome = { readonly opened: readonly number[] } | {
  readonly error: string;
};

/** Opens as many streams as the server allows and fills each: with media that nobody may send yet. */
async function fillStreams(peer: RawPeer): Promise<readonly unknown[]> {
  await peer.sendSettings();
  await peer.sendConnect();
  const writers: unknown[] = [];
  for (let deliveryNumber = 1; deliveryNumber <= STREAMS; deliveryNumber++) {
    const streamId = crypto.randomUUID();
    const header = { kind: StreamKind.publish, spatialLayer: 0, deliveryNumber, streamId };
    const bytes = new Uint8Array(STREAM_BYTES);
    bytes.set([...STREAM_OF_SESSION, ...encodeStreamHeader(header)]);
    // Fails for those that the server never allows to be opened, when it closes the connection.
    peer.quic.createUnidirectionalStream({ waitUntilAvailable: true })
      .then((stream) => {
        const writer = stream.getWriter();
        writers.push(writer);
        return writer.write(bytes);
      }).catch(() => undefined);
  }
  return writers;
}

async function attack({ port, hash, network, connections }: FullStreamsOrder): Promise<number[]> {
  await using relay = new UdpRelay({ profile: parseNetworkProfile(network) });
  relay.setUpstream("127.0.0.1", port);
  return await Promise.all(Array.from({ length: connections }, async () => {
    await using peer = await RawPeer.connect(relay.port, { hash });
    const writers = await fillStreams(peer);
    await peer.closeCode();
    return writers.length;
  }));
}

/** The part of a worker's scope that is used here. */
interface WorkerScope {
  onmessage: (event: MessageEvent<FullStreamsOrder>) => void;
  postMessage(outcome: FullStreamsOutcome): void;
}

// In a worker: writing so much would hold up the honest clients of the same process, who would take
// that for the server's fault.
const scope = globalThis as unknown as WorkerScope;
scope.onmessage = ({ data }) => {
  attack(data).then(
    (opened) => scope.postMessage({ opened }),
    (error) => scope.postMessage({ error: String(error) }),
  );
};
