import assert from "node:assert/strict";
import { MAX_POLL_OPTIONS } from "../../../core/meeting/meeting_actions.ts";
import { pollDraft, pollOptions, pollProblem } from "./poll_draft.ts";

const problem = (question: string, ...options: string[]) =>
  pollProblem(pollDraft(question, options));

Deno.test("a poll has a question and at least two different options", () => {
  assert.equal(problem("Lunch?", "Now", "Later"), undefined);
  assert.equal(problem(" ", "Now", "Later"), "question-missing");
  assert.equal(problem("Lunch?", "Now", "  "), "options-missing");
  assert.equal(problem("Lunch?", "Now", "now "), "options-alike");
});

Deno.test("what was left empty or is too much is not sent", () => {
  const many = Array.from({ length: 30 }, (_, index) => index % 2 ? "" : `${index}`);
  assert.equal(pollDraft("Which?", many).options.length, MAX_POLL_OPTIONS);
});

Deno.test("options show their part of all votes, who leads, and the own one", () => {
  const poll = {
    pollId: "p",
    senderId: "bob",
    question: "Lunch?",
    options: ["Now", "Later", "Never"],
    votes: [3, 1, 0],
    ownVote: 1,
    closed: false,
  };
  const options = pollOptions(poll);
  assert.deepEqual(options.map(({ share }) => share), [0.75, 0.25, 0]);
  assert.deepEqual(options.map(({ leads }) => leads), [true, false, false]);
  assert.deepEqual(options.map(({ own }) => own), [false, true, false]);
  const unanswered = pollOptions({ ...poll, votes: [0, 0, 0], ownVote: undefined });
  assert.ok(unanswered.every(({ share, leads }) => share === 0 && !leads));
});
