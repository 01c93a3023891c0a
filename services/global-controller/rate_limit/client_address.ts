import { BlockList, isIP, isIPv4 } from "node:net";
import { ConfigurationError } from "../../runtime/configuration.ts";

/** Hops of `X-Forwarded-For` that are looked at, from the nearest. */
const MAX_FORWARDED_HOPS = 16;

/** The proxies whose `X-Forwarded-For` is believed. */
export class TrustedProxies {
  readonly #networks = new BlockList();

  /**
   * @param list addresses and networks such as `10.0.0.0/8, ::1`; empty trusts nobody.
   * @throws {ConfigurationError} at anything else.
   */
  constructor(list: string) {
    for (const entry of list.split(",").map((text) => text.trim()).filter(Boolean)) {
      const [address = "", length] = entry.split("/");
      const bits = isIPv4(address) ? 32 : 128;
      const prefix = length === undefined ? bits : Number(length);
      if (isIP(address) === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > bits) {
        throw new ConfigurationError(`DT_TRUSTED_PROXIES: "${entry}" is no address or network`);
      }
      this.#networks.addSubnet(address, prefix, bits === 32 ? "ipv4" : "ipv6");
    }
  }

  /** Whether the peer at the other end of a connection is a trusted proxy. */
  trusts(peer: string): boolean {
    const address = plainAddress(peer);
    if (isIP(address) === 0) return false;
    return this.#networks.check(address, isIPv4(address) ? "ipv4" : "ipv6");
  }

  /**
   * The address of whoever sent the request: the peer itself, or, when the peer is a trusted proxy,
   * the nearest hop that is none.
   */
  clientAddress(peer: string, forwardedFor: string | null): string {
    const hops = forwardedFor?.split(",").map((text) => text.trim()).reverse() ?? [];
    let address = plainAddress(peer);
    for (const hop of hops.slice(0, MAX_FORWARDED_HOPS)) {
      if (!this.trusts(address) || isIP(hop) === 0) break;
      address = plainAddress(hop);
    }
    return address;
  }
}

/** What stands for one household or machine: an IPv4 address, or the /64 of an IPv6 address. */
export function addressGroup(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = address.split("%")[0]!.toLowerCase().split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...after];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}

/** `::ffff:192.0.2.1` is the IPv4 address that it carries. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "");
}
