/** What a process does of a run: every so manieth piece, from the `index`-th on. */
export interface FuzzShare {
  readonly seed: number;
  /** Of the run, in all processes. */
  readonly inputs: number;
  readonly histories: number;
  readonly index: number;
  readonly processes: number;
}

/** A part of a run that a seed repeats by itself. */
export interface FuzzPiece {
  readonly seed: number;
  readonly count: number;
}

/** The pieces of `total`, of `size` each but for the last, that are the share's. */
export function piecesOf(
  { seed, index, processes }: Pick<FuzzShare, "seed" | "index" | "processes">,
  total: number,
  size: number,
): FuzzPiece[] {
  const pieces: FuzzPiece[] = [];
  for (let piece = index; piece * size < total; piece += processes) {
    pieces.push({ seed: (seed + piece) >>> 0, count: Math.min(size, total - piece * size) });
  }
  return pieces;
}
