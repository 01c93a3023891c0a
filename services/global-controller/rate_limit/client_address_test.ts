import assert from "node:assert/strict";
import { ConfigurationError } from "../../runtime/configuration.ts";
import { addressGroup, TrustedProxies } from "./client_address.ts";

Deno.test("a forwarded address from anyone but a trusted proxy changes nothing", () => {
  for (const list of ["", "10.0.0.0/8"]) {
    const proxies = new TrustedProxies(list);
    assert.equal(proxies.clientAddress("192.0.2.1", "203.0.113.9"), "192.0.2.1");
    assert.equal(proxies.clientAddress("192.0.2.1", null), "192.0.2.1");
  }
});

Deno.test("behind trusted proxies the nearest other hop is the caller", () => {
  const proxies = new TrustedProxies("10.0.0.0/8, ::1, 2001:db8::/32");
  const cases: [peer: string, forwarded: string, caller: string][] = [
    ["10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["10.0.0.1", "1.2.3.4, 203.0.113.9, 10.0.0.2", "203.0.113.9"],
    ["::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["::1", "2001:db9::7, 2001:db8::1", "2001:db9::7"],
    ["10.0.0.1", "not an address", "10.0.0.1"],
    ["10.0.0.1", "203.0.113.9, evil", "10.0.0.1"],
    ["10.0.0.1", "", "10.0.0.1"],
    ["10.0.0.1", "10.0.0.9, ".repeat(100) + "10.0.0.9", "10.0.0.9"],
  ];
  for (const [peer, forwarded, caller] of cases) {
    assert.equal(proxies.clientAddress(peer, forwarded), caller, `${peer} < ${forwarded}`);
  }
});

Deno.test("a list with anything but addresses and networks is refused", () => {
  for (const list of ["localhost", "10.0.0.0/33", "10.0.0.0/x", "10.0.0.0/-1", "::1/129", "*"]) {
    assert.throws(() => new TrustedProxies(list), ConfigurationError, list);
  }
});

Deno.test("an IPv6 caller counts with its /64", () => {
  const cases: Record<string, string> = {
    "192.0.2.1": "192.0.2.1",
    "2001:DB8:0:1:2:3:4:5": "2001:db8:0:1::/64",
    "2001:db8:0:1::9": "2001:db8:0:1::/64",
    "2001:db8::1": "2001:db8:0:0::/64",
    "::1": "0:0:0:0::/64",
    "fe80::1%eth0": "fe80:0:0:0::/64",
    "": "",
  };
  for (const [address, group] of Object.entries(cases)) assert.equal(addressGroup(address), group);
});
