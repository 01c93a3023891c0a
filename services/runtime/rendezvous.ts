/** How much one candidate should get, against the others: above 0. */
type Weight<Candidate> = (candidate: Candidate) => number;

/**
 * `candidates` in the order in which `key` prefers them (rendezvous hashing, Thaler and
 * Ravishankar 1998, with the weights of Schindelhauer and Schomaker 2005): every process computes
 * the same order, a candidate wins a share of the keys that is its share of the weight, and one
 * that comes, goes or changes its weight moves only the keys that it wins or had won.
 */
export function rankByRendezvous<Candidate>(
  key: string,
  candidates: readonly Candidate[],
  nameOf: (candidate: Candidate) => string,
  weightOf: Weight<Candidate> = () => 1,
): Candidate[] {
  return candidates
    .map((candidate) => {
      // Strictly between 0 and 1.
      const fraction = (hash32(`${key}\n${nameOf(candidate)}`) + 0.5) / 2 ** 32;
      return { candidate, score: -weightOf(candidate) / Math.log(fraction) };
    })
    .sort((a, b) => b.score - a.score)
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
