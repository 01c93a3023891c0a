import { isIP } from "node:net";

/** An IPv4 block: its first address and the length of its prefix. */
type Block = readonly [address: string, prefixLength: number];

/**
 * What IANA's registry of special-purpose IPv4 addresses (RFC 6890) does not call global, and what
 * clouds serve to their own machines under addresses that look public.
 */
const REFUSED_IPV4: readonly Block[] = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // carrier-grade NAT
  ["127.0.0.0", 8], // loopback
  ["168.63.129.16", 32], // Azure's platform services
  ["169.254.0.0", 16], // link-local, cloud metadata among them
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarking
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, broadcast
];

const IPV4_BITS = 32;
const IPV6_BITS = 128;
const IPV6_GROUPS = 8;

/**
 * Global unicast, the only part of IPv6 that is open to anyone. Outside it are loopback, unique
 * local, link-local, multicast, IPv4-mapped (`::ffff:10.0.0.1`) and NAT64 (`64:ff9b::/96`).
 */
const IPV6_GLOBAL_UNICAST: Block = ["2000::", 3];
const REFUSED_IPV6: readonly Block[] = [
  ["2001::", 23], // protocol assignments, Teredo among them: tunnels to any IPv4 address
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4: tunnels to any IPv4 address
  ["3fff::", 20], // documentation
];

/**
 * Whether `address` (IPv4 or IPv6, as text without brackets) belongs to a host on the public
 * Internet. Addresses that carry an IPv4 address inside are refused whatever that one is: a
 * public host has an address of its own. Anything that is no address is not public.
 */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4: {
      const value = ipv4Value(address);
      return !REFUSED_IPV4.some(([start, length]) =>
        inBlock(value, ipv4Value(start), length, IPV4_BITS)
      );
    }
    case 6: {
      if (address.includes("%")) return false;
      const value = ipv6Value(address);
      const within = ([start, length]: Block) =>
        inBlock(value, ipv6Value(start), length, IPV6_BITS);
      return within(IPV6_GLOBAL_UNICAST) && !REFUSED_IPV6.some(within);
    }
    default:
      return false;
  }
}

function inBlock(value: bigint, start: bigint, prefixLength: number, bits: number): boolean {
  const shift = BigInt(bits - prefixLength);
  return value >> shift === start >> shift;
}

function ipv4Value(address: string): bigint {
  return address.split(".").reduce((value, octet) => value << 8n | BigInt(octet), 0n);
}

/** RFC 4291, 2.2: groups, at most one `::`, perhaps an IPv4 address at the end. */
function ipv6Value(address: string): bigint {
  const [head = "", tail] = address.split("::");
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array<bigint>(IPV6_GROUPS - before.length - after.length).fill(0n);
  return [...before, ...zeros, ...after].reduce((value, group) => value << 16n | group, 0n);
}

function groupsOf(text: string): bigint[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [BigInt(`0x${group}`)];
    const ipv4 = ipv4Value(group);
    return [ipv4 >> 16n, ipv4 & 0xffffn];
  });
}
