/**
 * `candidates` in the order in which `key` prefers them (rendezvous hashing, Thaler and
 * Ravishankar 1998): every process computes the same order, and a candidate that comes or goes
 * moves only the keys that it wins or had won.
 */
export function rankByRendezvous<Candidate>(
  key: string,
  candidates: readonly Candidate[],
  nameOf: (candidate: Candidate) => string,
): Candidate[] {
  return candidates
    .map((candidate) => ({ candidate, weight: hash32(`${key}\n${nameOf(candidate)}`) }))
    .sort((a, b) => b.weight - a.weight)
    .map(({ candidate }) => candidate);
}

/** FNV-1a over UTF-16 units with MurmurHash3's finalizer, so that near names land far apart. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
