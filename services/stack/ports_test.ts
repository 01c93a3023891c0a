import assert from "node:assert/strict";
import { findFreePort, takenPorts } from "./ports.ts";

Deno.test("a taken port is named with the flag that moves it", () => {
  using tcp = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const udp = Deno.listenDatagram({ hostname: "127.0.0.1", port: 0, transport: "udp" });
  try {
    const udpPort = (udp.addr as Deno.NetAddr).port;
    assert.deepEqual(
      takenPorts([
        { port: tcp.addr.port, transport: "tcp", flag: "--port" },
        { port: udpPort, transport: "udp", flag: "--media-handler-port" },
        { port: findFreePort("127.0.0.1"), transport: "tcp", flag: "--other" },
        { port: 0, transport: "tcp", flag: "--any" },
      ], "127.0.0.1"),
      [
        `port ${tcp.addr.port} (TCP) is taken; choose another with --port PORT`,
        `port ${udpPort} (UDP) is taken; choose another with --media-handler-port PORT`,
      ],
    );
  } finally {
    udp.close();
  }
});
