/** One process of `deno task fuzz signaling`; its only argument is a {@link FuzzShare} as JSON. */
import {
  fuzzMeeting,
  INPUTS_PER_MEETING,
} from "../../../services/meeting-controller/fuzz/fuzzed_meeting.ts";
import { checkMeetingHistories } from "../../../services/meeting-controller/fuzz/meeting_history_check.ts";
import { type FuzzPiece, type FuzzShare, piecesOf } from "./fuzz_share.ts";
import { HeapGrowth } from "./heap_growth.ts";

const HISTORIES_PER_PIECE = 100;
/** Pieces of histories at a time: what one waits for is done beside others. */
const PIECES_AT_ONCE = 4;

const share: FuzzShare = JSON.parse(Deno.args[0]!);
let isGoingWrong = false;

addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  fail("a rejection that nobody handles", event.reason);
});

function fail(what: string, error: unknown): void {
  isGoingWrong = true;
  console.error(what, error);
}

async function fuzzMeetings(): Promise<void> {
  const startedAtMs = performance.now();
  const heap = new HeapGrowth();
  let inputs = 0;
  let sessions = 0;
  for (const piece of piecesOf(share, share.inputs, INPUTS_PER_MEETING)) {
    try {
      const result = await fuzzMeeting(piece);
      inputs += result.inputs;
      sessions += result.sessions;
      heap.check();
    } catch (error) {
      fail(
        `deno task fuzz signaling --seed ${piece.seed} --inputs ${piece.count} --histories 0`,
        error,
      );
      return;
    }
    if (isGoingWrong) return;
  }
  const seconds = (performance.now() - startedAtMs) / 1_000;
  console.log(
    `hostile envelopes: ${inputs} in ${sessions} sessions, ${seconds.toFixed(1)} s,`,
    `heap grew by ${heap.grownMiB.toFixed(1)} MiB`,
  );
}

async function checkHistories(): Promise<void> {
  const startedAtMs = performance.now();
  const pieces = piecesOf(share, share.histories, HISTORIES_PER_PIECE);
  let histories = 0;
  const checkSome = async () => {
    for (let piece = pieces.shift(); piece && !isGoingWrong; piece = pieces.shift()) {
      await checkPiece(piece);
      histories += piece.count;
    }
  };
  await Promise.all(Array.from({ length: PIECES_AT_ONCE }, checkSome));
  const seconds = (performance.now() - startedAtMs) / 1_000;
  console.log(`histories beside the model: ${histories} in ${seconds.toFixed(1)} s`);
}

async function checkPiece({ seed, count }: FuzzPiece): Promise<void> {
  try {
    await checkMeetingHistories({ seed: seed | 0, numRuns: count });
  } catch (error) {
    fail(`deno task fuzz signaling --seed ${seed} --inputs 0 --histories ${count}`, error);
  }
}

if (share.inputs > 0) await fuzzMeetings();
if (share.histories > 0 && !isGoingWrong) await checkHistories();
Deno.exit(isGoingWrong ? 1 : 0);
