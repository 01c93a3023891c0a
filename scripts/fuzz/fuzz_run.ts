import { derivedSeed, seededRandom } from "../../services/stack/network/seeded_random.ts";
import { mutate } from "../../proto/testing/byte_mutator.ts";
import type { FuzzTarget } from "./targets.ts";

/** An input with which a parser broke its promise. */
export class FuzzFailure extends Error {
  override readonly name = "FuzzFailure";
  /** @param input what the parser was given, hexadecimal. */
  constructor(readonly target: string, readonly input: string, cause: unknown) {
    super(`${target} fails with ${input}`, { cause });
  }
}

/**
 * Gives `count` made-up inputs to `target`. The same seed makes the same inputs.
 *
 * @throws {FuzzFailure} at the first input that it does not stand.
 */
export function fuzz(target: FuzzTarget, { seed, count }: { seed: number; count: number }): void {
  const random = seededRandom(derivedSeed(seed, target.name.length));
  const pick = () => target.corpus[Math.floor(random() * target.corpus.length)]!;
  for (let index = 0; index < count; index++) {
    const input = mutate(pick(), pick(), random);
    try {
      target.check(input);
    } catch (error) {
      throw new FuzzFailure(target.name, input.toHex(), error);
    }
  }
}
