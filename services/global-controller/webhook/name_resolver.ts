/** The addresses that a name stands for now. Rejects when there is none. */
export type NameResolver = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

const RECORD_TYPES = ["A", "AAAA"] as const;

/**
 * Asks DNS without the operating system's `getaddrinfo`: that holds one of the few threads that
 * this process has for blocking work, and a stranger's name whose servers do not answer holds it
 * for ten seconds. Thirty such names stopped everything that needs a thread, the signing of tokens
 * among it.
 *
 * @param nameServer instead of those that the operating system names.
 */
export function createNameResolver(
  nameServer?: { readonly ipAddr: string; readonly port: number },
): NameResolver {
  return async (name, signal) => {
    const answers = await Promise.allSettled(
      RECORD_TYPES.map((type) => Deno.resolveDns(name, type, { nameServer, signal })),
    );
    signal.throwIfAborted();
    const addresses = answers
      .flatMap((answer) => answer.status === "fulfilled" ? answer.value : []);
    if (addresses.length === 0) throw new Error(`no address is known for ${name}`);
    return addresses;
  };
}
