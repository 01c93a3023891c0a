import { strictEqual } from "node:assert/strict";
import { sumOfDrops, udpSocketDrops } from "./udp_socket_drops.ts";

const TABLE = `\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops            
  143: 0100007F:AE71 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 48647 2 000000006b8a9c45 7         
 3424: 0100007F:BB42 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 48759 2 00000000190951cf 30        
`;

Deno.test("the drops of the named ports add up, those of others do not count", () => {
  strictEqual(sumOfDrops(TABLE, new Set([0xae71, 0xbb42])), 37);
  strictEqual(sumOfDrops(TABLE, new Set([0xbb42, 1])), 30);
  strictEqual(sumOfDrops("", new Set([0xbb42])), 0);
});

Deno.test("a socket that is overrun has drops where the system tells of them", async () => {
  const socket = Deno.listenDatagram({ hostname: "127.0.0.1", port: 0, transport: "udp" });
  const address = socket.addr as Deno.NetAddr;
  const drops = () => udpSocketDrops(new Set([address.port]));
  try {
    strictEqual(drops(), 0);
    // Nobody reads, and no usual receive buffer holds this much.
    for (let packet = 0; packet < 10_000; packet++) {
      await socket.send(new Uint8Array(1_200), address);
    }
    strictEqual(drops() > 0, Deno.build.os === "linux");
  } finally {
    socket.close();
  }
});
