import assert from "node:assert/strict";
import { isPublicAddress } from "./public_address.ts";

const REFUSED = [
  ["this host", "0.0.0.0", "0.1.2.3", "::"],
  ["loopback", "127.0.0.1", "127.255.255.254", "::1"],
  ["private", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1"],
  ["link-local and cloud metadata", "169.254.169.254", "169.254.0.1", "fe80::1", "febf::1"],
  [
    "metadata by other addresses",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
  ],
  ["carrier-grade NAT", "100.64.0.1", "100.127.255.255"],
  ["multicast", "224.0.0.1", "239.255.255.255", "ff02::1"],
  ["reserved and broadcast", "240.0.0.1", "255.255.255.255", "4000::1", "fec0::1"],
  ["documentation", "192.0.2.1", "198.51.100.7", "203.0.113.9", "2001:db8::1", "3fff:0fff::1"],
  ["benchmarking", "198.18.0.1", "198.19.255.255", "2001:2::1"],
  ["IPv4 inside IPv6", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::ffff:a00:1", "::10.0.0.1"],
  [
    "translated and tunnelled IPv4",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "2002:a00:1::",
    "2001:0:1::1",
  ],
  ["with a zone", "fe80::1%eth0", "2606:4700::1%eth0"],
  [
    "no address",
    "",
    "localhost",
    "1.2.3",
    "01.2.3.4",
    "0x7f.0.0.1",
    "2130706433",
    "::1::",
    "[::1]",
  ],
] as const;

for (const [what, ...addresses] of REFUSED) {
  Deno.test(`an address that is ${what} is not public`, () => {
    for (const address of addresses) assert.equal(isPublicAddress(address), false, address);
  });
}

Deno.test("addresses of hosts on the Internet are public, next to the refused blocks too", () => {
  const addresses = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:200::1",
    "2001:db7:ffff::1",
    "2001:4860:4860::8888",
    "2003::1",
    "2606:4700:4700::1111",
    "2606:4700:4700:0:0:0:0:1111",
    "3ffe::1",
  ];
  for (const address of addresses) assert.equal(isPublicAddress(address), true, address);
});
