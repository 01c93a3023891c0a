import { type AuditChain, MONTH_DROPPED } from "./audit_chain.ts";
import { type AuditRow, auditRowHash, GENESIS_HASH } from "./audit_row.ts";

/** What is wrong with a row. */
export type AuditFault =
  /** What it says is not what was hashed, or another row was put in its place. */
  | "changed"
  /** It is not there, though the chain goes on behind it or ends later. */
  | "missing"
  /** It is there beside the row that has its place, or where the chain has no place. */
  | "inserted";

/** What the verification of a chain found. */
export type ChainVerdict =
  | { readonly valid: true; readonly rows: number }
  | {
    readonly valid: false;
    /** Rows that were looked at. */
    readonly rows: number;
    readonly firstInvalid: { readonly sequence: number; readonly fault: AuditFault };
  };

/**
 * Walks the rows of a chain in the order of their sequence and names the first one that was changed,
 * deleted, inserted or moved: rows that changed places are each "changed". Needs the memory of two
 * rows.
 *
 * Someone who can write everything, hashes and ends included, can write another chain; who has noted
 * a hash elsewhere, as an export does, sees that too.
 *
 * @param rows in the order of their sequence.
 */
export async function verifyChain(
  chain: AuditChain,
  rows: AsyncIterable<AuditRow>,
): Promise<ChainVerdict> {
  const walk = new ChainWalk(chain);
  for await (const row of rows) {
    if (!walk.step(row)) break;
  }
  return walk.end();
}

/**
 * Walks rows that were taken out of a chain, as an export is: that they follow one another, not where
 * the chain begins and ends.
 */
export async function verifyExtract(rows: AsyncIterable<AuditRow>): Promise<ChainVerdict> {
  let walk: ChainWalk | undefined;
  for await (const row of rows) {
    walk ??= new ChainWalk({
      organisationId: row.organisationId,
      lastSequence: Infinity,
      lastHash: "",
      anchorSequence: row.sequence - 1,
      anchorHash: row.sequence === 1 ? GENESIS_HASH : row.previousHash,
    });
    if (!walk.step(row)) break;
  }
  return walk?.endOfExtract() ?? { valid: true, rows: 0 };
}

type Invalid = { readonly sequence: number; readonly fault: AuditFault };

/** The state of one verification. */
class ChainWalk {
  readonly #chain: AuditChain;
  #count = 0;
  #last: { readonly sequence: number; readonly hash: string };
  /** A row that does not follow the one before it: the row after it tells which one is wrong. */
  #doubted: AuditRow | undefined;
  #anchorTold: boolean;
  #invalid: Invalid | undefined;

  constructor(chain: AuditChain) {
    this.#chain = chain;
    this.#last = { sequence: chain.anchorSequence, hash: chain.anchorHash };
    this.#anchorTold = chain.anchorSequence === 0;
  }

  /** Takes the next row; false when no more are needed. */
  step(row: AuditRow): boolean {
    this.#count++;
    if (this.#doubted !== undefined) {
      this.#count--;
      this.#invalid = this.#resolveDoubt(this.#doubted, row.previousHash);
      return false;
    }
    const expected = this.#last.sequence + 1;
    if (row.sequence !== expected) {
      this.#invalid = row.sequence > expected && this.#chain.lastSequence >= expected
        ? { sequence: expected, fault: "missing" }
        : { sequence: row.sequence, fault: "inserted" };
    } else if (row.sequence > this.#chain.lastSequence) {
      this.#invalid = { sequence: row.sequence, fault: "inserted" };
    } else if (auditRowHash(row) !== row.rowHash) {
      this.#invalid = { sequence: row.sequence, fault: "changed" };
    } else if (row.previousHash !== this.#last.hash) {
      this.#doubted = row;
    } else {
      this.#last = { sequence: row.sequence, hash: row.rowHash };
      this.#anchorTold ||= tellsAnchor(row, this.#chain);
    }
    return this.#invalid === undefined;
  }

  /** After the last row of the chain. */
  end(): ChainVerdict {
    const { lastSequence, lastHash, anchorSequence } = this.#chain;
    if (this.#doubted !== undefined) this.#invalid ??= this.#resolveDoubt(this.#doubted, lastHash);
    if (this.#invalid === undefined && this.#last.sequence < lastSequence) {
      this.#invalid = { sequence: this.#last.sequence + 1, fault: "missing" };
    }
    if (this.#invalid === undefined && this.#last.hash !== lastHash) {
      this.#invalid = { sequence: lastSequence, fault: "changed" };
    }
    // An anchor that no row tells of was set to hide that the rows before it are gone.
    if (this.#invalid === undefined && !this.#anchorTold) {
      this.#invalid = { sequence: anchorSequence, fault: "missing" };
    }
    return this.#verdict();
  }

  /** After the last row that was given, behind which the chain may go on. */
  endOfExtract(): ChainVerdict {
    if (this.#doubted !== undefined) this.#invalid ??= this.#resolveDoubt(this.#doubted, "");
    return this.#verdict();
  }

  #verdict(): ChainVerdict {
    if (this.#invalid === undefined) return { valid: true, rows: this.#count };
    return { valid: false, rows: this.#count, firstInvalid: this.#invalid };
  }

  /** If what follows the doubted row knows its hash, then the row before it was put there. */
  #resolveDoubt(doubted: AuditRow, followedHash: string): Invalid {
    const replaced = followedHash === doubted.rowHash && this.#last.sequence > 0;
    return { sequence: replaced ? this.#last.sequence : doubted.sequence, fault: "changed" };
  }
}

function tellsAnchor(row: AuditRow, { anchorSequence, anchorHash }: AuditChain): boolean {
  if (row.action !== MONTH_DROPPED) return false;
  const details = JSON.parse(row.details);
  return details.anchor_sequence === anchorSequence && details.anchor_hash === anchorHash;
}
