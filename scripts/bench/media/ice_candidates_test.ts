import assert from "node:assert/strict";
import { hostAddressOf, leadingTo, withoutCandidates } from "./ice_candidates.ts";

const TCP = "a=candidate:1 1 tcp 1518280447 192.0.2.2 9 typ host tcptype active";
const IPV6 = "a=candidate:2 1 udp 2122262783 fd00::2 40000 typ host generation 0";
const FIRST = "a=candidate:3 1 udp 2122129151 192.0.2.2 41234 typ host generation 0 network-id 1";
const SECOND = "a=candidate:4 1 udp 2122129150 127.0.0.1 41235 typ host generation 0";

function describe(...candidates: readonly string[]): string {
  return ["v=0", "m=video 41234 UDP/TLS/RTP/SAVPF 96", ...candidates, "a=mid:0", ""].join("\r\n");
}

Deno.test("a description's owner receives at its first UDP host candidate of IPv4", () => {
  assert.deepEqual(hostAddressOf(describe(TCP, IPV6, FIRST, SECOND)), {
    address: "192.0.2.2",
    port: 41_234,
  });
});

Deno.test("a name instead of an address is no address", () => {
  const hidden = "a=candidate:1 1 udp 2122129151 3f2a.local 41234 typ host";
  assert.throws(() => hostAddressOf(describe(hidden)), /no UDP host candidate/);
});

Deno.test("a rewritten description leads to one address and keeps all else", () => {
  const rewritten = leadingTo(describe(TCP, IPV6, FIRST, SECOND), {
    address: "192.0.2.2",
    port: 5_000,
  });
  assert.equal(
    rewritten,
    describe("a=candidate:3 1 udp 2122129151 192.0.2.2 5000 typ host generation 0 network-id 1"),
  );
});

Deno.test("without candidates a description has all other lines", () => {
  assert.equal(withoutCandidates(describe(TCP, FIRST)), describe());
});
