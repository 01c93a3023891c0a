/** Where a UDP packet is sent to. */
export interface UdpAddress {
  readonly address: string;
  readonly port: number;
}

/** A candidate line of a session description (RFC 8839, section 5.1), cut at address and port. */
const CANDIDATE = /^(a=candidate:\S+ \d+ (\S+) \d+) (\S+) (\d+) (typ \S+)(.*)$/;
const IPV4 = /^\d+(\.\d+){3}$/;

/**
 * The address at which a description's owner receives: its first UDP host candidate of IPv4.
 *
 * @throws {Error} when there is none.
 */
export function hostAddressOf(sdp: string): UdpAddress {
  for (const line of linesOf(sdp)) {
    const found = readHostCandidate(line);
    if (found) return found;
  }
  throw new Error("the description has no UDP host candidate of IPv4");
}

/**
 * The same description, reachable at one address only: its first UDP host candidate of IPv4 leads
 * there, all others are gone.
 */
export function leadingTo(sdp: string, { address, port }: UdpAddress): string {
  let replaced = false;
  return join(
    linesOf(sdp).flatMap((line) => {
      if (!isCandidate(line)) return [line];
      if (replaced || readHostCandidate(line) === undefined) return [];
      replaced = true;
      return [
        line.replace(
          CANDIDATE,
          (_, head, _protocol, _address, _port, type, rest) =>
            `${head} ${address} ${port} ${type}${rest}`,
        ),
      ];
    }),
  );
}

/** The same description without candidates: its owner is only known once it has been heard of. */
export function withoutCandidates(sdp: string): string {
  return join(linesOf(sdp).filter((line) => !isCandidate(line)));
}

function readHostCandidate(line: string): UdpAddress | undefined {
  const [, , protocol, address = "", port, type] = CANDIDATE.exec(line) ?? [];
  const host = protocol?.toLowerCase() === "udp" && IPV4.test(address) && type === "typ host";
  return host ? { address, port: Number(port) } : undefined;
}

function isCandidate(line: string): boolean {
  return line.startsWith("a=candidate:");
}

function linesOf(sdp: string): string[] {
  return sdp.split("\r\n");
}

function join(lines: readonly string[]): string {
  return lines.join("\r\n");
}
