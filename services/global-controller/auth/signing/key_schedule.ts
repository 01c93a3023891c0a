/** When one key is used, milliseconds since 1970. */
export interface KeyTimes {
  readonly signsFromMs: number;
  /** From here on the next key signs. */
  readonly signsUntilMs: number;
  /** From here on no token that it signed is accepted. */
  readonly publishedUntilMs: number;
}

/** How keys of one purpose follow each other. */
export interface KeyPolicy {
  /** How long a key signs. */
  readonly signsForMs: number;
  /** How long it is published before it signs: longer than anybody caches public keys. */
  readonly leadMs: number;
  /** How long it stays published after it signed: as long as its tokens live. */
  readonly tokenLifetimeMs: number;
}

/** When a new key is used, and what changes for the one that signs before it. */
export interface KeyRotation<Key extends KeyTimes> {
  readonly times: KeyTimes;
  readonly predecessor: Key | undefined;
}

/**
 * The key that signs at `nowMs`: the newest that has begun. One whose time is over goes on when no
 * other is there, as while the database is away.
 */
export function signingKeyAt<Key extends KeyTimes>(
  keys: readonly Key[],
  nowMs: number,
): Key | undefined {
  return newest(
    keys.filter(({ signsFromMs, publishedUntilMs }) =>
      signsFromMs <= nowMs && nowMs < publishedUntilMs
    ),
  );
}

/** Whether it is time to make the key that signs after all of `keys`. */
export function isRotationDue(
  keys: readonly KeyTimes[],
  nowMs: number,
  { leadMs }: KeyPolicy,
): boolean {
  if (signingKeyAt(keys, nowMs) === undefined) return true;
  // Twice, so that the key after this one is nearly always ready on time.
  return Math.max(...keys.map(({ signsUntilMs }) => signsUntilMs)) - 2 * leadMs <= nowMs;
}

/**
 * The times of the next key. It signs at once only when no other key can; otherwise at the end of
 * the last one, or after the lead time when `soon` or when that end is over.
 *
 * @param keys all that are published.
 */
export function rotate<Key extends KeyTimes>(
  keys: readonly Key[],
  nowMs: number,
  { signsForMs, leadMs, tokenLifetimeMs }: KeyPolicy,
  soon = false,
): KeyRotation<Key> {
  const endMs = soon ? nowMs : Math.max(nowMs, ...keys.map(({ signsUntilMs }) => signsUntilMs));
  const signsFromMs = signingKeyAt(keys, nowMs) === undefined
    ? nowMs
    : Math.max(nowMs + leadMs, endMs);
  const signsUntilMs = signsFromMs + signsForMs;
  const predecessor = newest(keys.filter((key) => key.signsFromMs < signsFromMs));
  return {
    times: { signsFromMs, signsUntilMs, publishedUntilMs: signsUntilMs + tokenLifetimeMs },
    // It signs until the new one does, neither shorter nor longer.
    predecessor: predecessor && {
      ...predecessor,
      signsUntilMs: signsFromMs,
      publishedUntilMs: signsFromMs + tokenLifetimeMs,
    },
  };
}

function newest<Key extends KeyTimes>(keys: readonly Key[]): Key | undefined {
  return keys.reduce<Key | undefined>(
    (best, key) => best && best.signsFromMs >= key.signsFromMs ? best : key,
    undefined,
  );
}
