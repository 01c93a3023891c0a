/** Counts the connections of each address that have not authenticated. */
export class AddressLimiter {
  readonly #limit: number;
  readonly #counts = new Map<string, number>();

  /** `limit`: connections that one address may have before they authenticate. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many addresses are counted now. */
  get size(): number {
    return this.#counts.size;
  }

  /**
   * Counts one more connection of this IP address.
   *
   * @returns the function that ends the count (a second call does nothing), or undefined when the
   * address has as many as it may.
   */
  enter(address: string): (() => void) | undefined {
    const key = addressKey(address);
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.#limit) return undefined;
    this.#counts.set(key, count + 1);
    let counted = true;
    return () => {
      if (!counted) return;
      counted = false;
      const count = this.#counts.get(key)!;
      if (count === 1) this.#counts.delete(key);
      else this.#counts.set(key, count - 1);
    };
  }
}

/** An IP address as we show it: IPv4 in dotted form also when it came in over an IPv6 socket. */
export function plainAddress(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

/** What shares one limit: an IPv4 address, or the /64 that one subscriber of IPv6 gets. */
export function addressKey(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("%")[0]!.toLowerCase().split("::");
  const groups = head === "" ? [] : head.split(":");
  const tailGroups = tail ? tail.split(":") : [];
  const zeros = tail === undefined ? 0 : 8 - groups.length - tailGroups.length;
  const all = [...groups, ...Array<string>(Math.max(0, zeros)).fill("0"), ...tailGroups];
  return all.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, "")).join(":") + "::/64";
}
