import assert from "node:assert/strict";
import { encodeStreamHeader, StreamKind } from "../../../proto/media_stream/stream_header.ts";
import { RawPeer } from "../../runtime/webtransport/testing/raw_peer.ts";
import { type Attack, AttackedStack, type WEBTRANSPORT_SERVERS } from "./attacked_stack.ts";
import type { FullStreamsOrder, FullStreamsOutcome } from "./full_streams_worker.ts";

/** Most memory that one hostile connection may cost, bytes. */
const CONNECTION_LIMIT_BYTES = 25e6;
/** Hostile connections at once, so that what a process does otherwise is small beside them. */
const CONNECTIONS = 3;
/** How long an attack with a deadline of the server in it may take, milliseconds. */
const FULL_STREAMS_LIMIT_MS = 40_000;

/** Streams that are opened and ended one after the other. */
const CHURNED_STREAMS = 60_000;
/** Those that are under way at a time. */
const CHURN_WIDTH = 8;
/** Memory that a process may have more after the second half of them than after the first. */
const CHURN_LIMIT_BYTES = 8e6;
const PING_INTERVAL_MS = 2_000;
const CHURN_TIME_LIMIT_MS = 120_000;

type Server = (typeof WEBTRANSPORT_SERVERS)[number];

/** Looks at the memory of a process all the time until it is told to stop. */
function watchMemory(stack: AttackedStack, name: Server): () => Promise<number> {
  let highest = 0;
  let over = false;
  const watching = (async () => {
    while (!over) {
      highest = Math.max(highest, await stack.memoryOf(name));
    }
  })();
  return async () => {
    over = true;
    await watching;
    return highest;
  };
}

/** Lets a worker attack until the server has closed all of its connections. */
async function attackFromWorker(order: FullStreamsOrder): Promise<readonly number[]> {
  const worker = new Worker(new URL("./full_streams_worker.ts", import.meta.url), {
    type: "module",
  });
  const outcome = await new Promise<FullStreamsOutcome>((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => resolve({ error: message });
    worker.postMessage(order);
  });
  worker.terminate();
  if ("error" in outcome) throw new Error(outcome.error);
  return outcome.opened;
}

/**
 * Full streams that no one reads at `name`, from behind `network`, until the server ends them.
 *
 * @param before memory of the server when nobody had attacked it yet, bytes.
 */
function fullStreams(name: Server, network: string, before: number): Attack {
  return async (_attacker, stack) => {
    const { port, hash } = stack.addressOf(name);
    const highest = watchMemory(stack, name);
    const opened = await attackFromWorker({ port, hash, network, connections: CONNECTIONS });
    assert.ok(opened.every((streams) => streams > 0));
    const bytes = Math.round((await highest() - before) / CONNECTIONS);
    console.log(`${name}, ${network}: ${(bytes / 1e6).toFixed(1)} MB a connection`);
    assert.ok(bytes <= CONNECTION_LIMIT_BYTES, `${bytes} bytes a connection`);
  };
}

/** Opens and ends streams; memory must not grow with their number. */
async function assertFlat(stack: AttackedStack, openAndEnd: () => Promise<void>): Promise<void> {
  const churn = async (streams: number) => {
    let left = streams;
    await Promise.all(Array.from({ length: CHURN_WIDTH }, async () => {
      while (left-- > 0) await openAndEnd();
    }));
    return await stack.memoryOf("media-handler");
  };
  const startedAtMs = performance.now();
  const halfway = await churn(CHURNED_STREAMS / 2);
  const grown = await churn(CHURNED_STREAMS / 2) - halfway;
  const tookMs = Math.round(performance.now() - startedAtMs);
  console.log(`${CHURNED_STREAMS} streams in ${tookMs} ms, ${(grown / 1e6).toFixed(1)} MB more`);
  assert.ok(grown <= CHURN_LIMIT_BYTES, `${grown} bytes more`);
}

const CHURNS: Record<string, Attack> = {
  "60,000 streams of a type that nobody knows": async (_attacker, stack) => {
    const { port, hash } = stack.addressOf("media-handler");
    await using peer = await RawPeer.connect(port, { hash });
    await peer.sendSettings();
    await peer.sendConnect();
    await assertFlat(stack, async () => {
      const writer = await peer.openUnidirectional([0xc0, 0, 0, 1, 0x21, 0x21, 0x21, 0x21, 9]);
      await writer.close().catch(() => undefined);
    });
  },

  "60,000 streams of a camera": async (attacker, stack) => {
    const { signaling, media, cameraId } = await attacker.intrude();
    // Whoever says nothing for seven seconds is gone.
    const pings = setInterval(() => signaling.settle(), PING_INTERVAL_MS);
    let deliveryNumber = 0;
    try {
      await assertFlat(stack, async () => {
        const writer = await media.openStream();
        await writer.write(encodeStreamHeader({
          kind: StreamKind.publish,
          spatialLayer: 0,
          deliveryNumber: deliveryNumber++,
          streamId: cameraId,
        }));
        await writer.close();
      });
    } finally {
      clearInterval(pings);
    }
    assert.deepEqual(media.errors, []);
  },
};

Deno.test("hostile streams cost bounded memory", async (t) => {
  await using stage = await AttackedStack.start();
  // What a process frees outside of V8's heap it may keep, so all growth counts from here.
  const before = {
    "meeting-controller": await stage.memoryOf("meeting-controller"),
    "media-handler": await stage.memoryOf("media-handler"),
  };
  const attacks = [
    { name: "meeting-controller", network: "clear" },
    { name: "media-handler", network: "up 20%, reorder 5%" },
    { name: "media-handler", network: "clear" },
  ] as const;
  for (const { name, network } of attacks) {
    await t.step(`99 full streams at the ${name}, network: ${network}`, () => {
      return stage.endures(fullStreams(name, network, before[name]), FULL_STREAMS_LIMIT_MS);
    });
  }
  for (const [name, attack] of Object.entries(CHURNS)) {
    await t.step(name, () => stage.endures(attack, CHURN_TIME_LIMIT_MS));
  }
});
