import { MAX_POLL_OPTIONS, MAX_POLL_TEXT_LENGTH } from "../../../core/meeting/meeting_actions.ts";
import type { Poll } from "../../../core/meeting/meeting_state.ts";

/** Fewest options of a poll. */
export const MIN_POLL_OPTIONS = 2;

/** What is wrong with a poll that is being written. */
export type PollProblem = "question-missing" | "options-missing" | "options-alike";

/** A poll as it is sent: trimmed, without options that were left empty. */
export interface PollDraft {
  readonly question: string;
  readonly options: readonly string[];
}

/** What of the fields of a form is sent. */
export function pollDraft(question: string, options: readonly string[]): PollDraft {
  const trimmed = (text: string) => text.trim().slice(0, MAX_POLL_TEXT_LENGTH);
  return {
    question: trimmed(question),
    options: options.map(trimmed).filter((option) => option !== "").slice(0, MAX_POLL_OPTIONS),
  };
}

/** Why a draft cannot be sent; undefined when it can. */
export function pollProblem({ question, options }: PollDraft): PollProblem | undefined {
  if (question === "") return "question-missing";
  if (options.length < MIN_POLL_OPTIONS) return "options-missing";
  const different = new Set(options.map((option) => option.toLowerCase()));
  return different.size < options.length ? "options-alike" : undefined;
}

/** How an option of a poll stands. */
export interface PollOption {
  readonly index: number;
  readonly text: string;
  readonly votes: number;
  /** Of all votes, 0 … 1. */
  readonly share: number;
  readonly own: boolean;
  /** Has most votes, alone or with others. */
  readonly leads: boolean;
}

/** The options of a poll with what they got. */
export function pollOptions({ options, votes, ownVote }: Poll): PollOption[] {
  const all = votes.reduce((sum, count) => sum + count, 0);
  const most = Math.max(0, ...votes);
  return options.map((text, index) => {
    const count = votes[index] ?? 0;
    return {
      index,
      text,
      votes: count,
      share: all === 0 ? 0 : count / all,
      own: ownVote === index,
      leads: count > 0 && count === most,
    };
  });
}
