import assert from "node:assert/strict";
import fc from "fast-check";
import { propertyRuns } from "../../../proto/testing/property_runs.ts";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { Refusal } from "../meeting/refusal.ts";
import { ContextStage } from "../testing/context_stage.ts";
import { MAX_VOTE_CONTENT_LENGTH } from "./content.ts";
import { MAX_POLLS, MAX_POLLS_BYTES, Polls } from "./polls.ts";

const refusedAs = (code: ErrorCode) => (error: unknown) =>
  error instanceof Refusal && error.code === code;
const poll = (content = "Lunch?") => ({
  pollId: crypto.randomUUID(),
  content: new TextEncoder().encode(content),
});
const choice = (option: number) => Uint8Array.of(option);
const all = { isNew: true, roomBytes: Infinity };

function stage(settings = {}) {
  const context = new ContextStage(settings);
  return {
    context,
    polls: new Polls(context),
    host: context.join("Host", { role: "host" }),
    anna: context.join("Anna"),
    ben: context.join("Ben"),
  };
}

/** Votes of each poll by voter, as somebody who joins is told. */
function tallies(polls: Polls): Record<string, Record<string, number>> {
  return Object.fromEntries(
    polls.forJoiner(all).fitting.map(({ pollId, votes }) => [
      pollId,
      Object.fromEntries(votes.map(({ senderId, content }) => [senderId, content[0]!])),
    ]),
  );
}

Deno.test("only hosts and co-hosts open and close polls", () => {
  const { context, polls, host, anna, ben } = stage();
  assert.throws(() => polls.open(anna, poll()), refusedAs(ErrorCode.FORBIDDEN));
  const lunch = poll();
  polls.open(host, lunch);
  assert.equal(ben.connection.take("pollUpdated")[0]?.closed, false);
  assert.throws(() => polls.close(anna, lunch.pollId), refusedAs(ErrorCode.FORBIDDEN));
  polls.close(context.join("Co", { role: "co_host" }), lunch.pollId);
  assert.equal(ben.connection.take("pollUpdated")[0]?.closed, true);
});

Deno.test("a vote needs the grant, and a poll that is open", () => {
  const { context, polls, host, anna } = stage();
  const lunch = poll();
  polls.open(host, lunch);
  const silent = context.join("Silent", { grants: new Set() });
  const vote = { pollId: lunch.pollId, content: choice(0) };
  assert.throws(() => polls.vote(silent, vote), refusedAs(ErrorCode.FORBIDDEN));
  const nowhere = { ...vote, pollId: crypto.randomUUID() };
  assert.throws(() => polls.vote(anna, nowhere), refusedAs(ErrorCode.NOT_FOUND));
  polls.close(host, lunch.pollId);
  assert.throws(() => polls.vote(anna, vote), refusedAs(ErrorCode.CONFLICT));
});

Deno.test("the same poll again changes nothing, another of its id is refused", () => {
  const { polls, host, anna } = stage();
  const lunch = poll();
  polls.open(host, lunch);
  polls.open(host, lunch);
  assert.equal(anna.connection.take("pollUpdated").length, 1);
  const other = { ...poll("Dinner?"), pollId: lunch.pollId };
  assert.throws(() => polls.open(host, other), refusedAs(ErrorCode.CONFLICT));
});

Deno.test("who leaves keeps the vote", () => {
  const { context, polls, host, anna } = stage();
  const lunch = poll();
  polls.open(host, lunch);
  polls.vote(anna, { pollId: lunch.pollId, content: choice(3) });
  context.roster.remove(anna);
  assert.deepEqual(tallies(polls), { [lunch.pollId]: { [anna.id]: 3 } });
});

Deno.test("closed polls are forgotten when room is needed, open ones are not", () => {
  const { context, polls, host, anna } = stage();
  const opened = Array.from({ length: MAX_POLLS }, () => poll());
  for (const one of opened) polls.open(host, one);
  assert.throws(() => polls.open(host, poll()), refusedAs(ErrorCode.CAPACITY_EXCEEDED));
  const [, second] = opened;
  polls.vote(anna, { pollId: second!.pollId, content: choice(1) });
  polls.close(host, second!.pollId);
  polls.open(host, poll());
  assert.equal(second!.pollId in tallies(polls), false);
  assert.equal(context.fields.size, MAX_POLLS);
});

Deno.test("after a takeover polls are in the order in which they were opened", () => {
  const { context, polls, host } = stage();
  const opened = Array.from({ length: 5 }, () => poll());
  for (const one of opened.slice(0, 4)) polls.open(host, one);
  const restored = context.restored()!;
  const next = new Polls(context);
  next.restore({ ...restored, polls: restored.polls.toReversed() });
  next.open(host, opened[4]!);
  const ids = next.forJoiner(all).fitting.map(({ pollId }) => pollId);
  assert.deepEqual(ids, opened.map(({ pollId }) => pollId));
});

Deno.test("votes have a bound in bytes, which a closed poll makes room for", () => {
  const context = new ContextStage();
  const polls = new Polls(context);
  const host = context.join("Host", { role: "host" });
  const [old, lunch] = [poll(), poll()];
  polls.open(host, old);
  polls.open(host, lunch);
  const content = new Uint8Array(MAX_VOTE_CONTENT_LENGTH);
  const voteAndLeave = (pollId: string) => {
    const voter = context.join("Voter");
    polls.vote(voter, { pollId, content });
    context.roster.remove(voter);
  };
  const fill = (pollId: string) => {
    for (let i = 0; i < MAX_POLLS_BYTES / MAX_VOTE_CONTENT_LENGTH; i++) voteAndLeave(pollId);
  };
  assert.throws(() => fill(old.pollId), refusedAs(ErrorCode.CAPACITY_EXCEEDED));
  polls.close(host, old.pollId);
  voteAndLeave(lunch.pollId);
  assert.equal(context.fields.size, 2);
});

Deno.test("who joins an encrypted meeting gets no polls, and who resumes gets them", () => {
  const { polls, host } = stage({ e2eEncryption: true });
  polls.open(host, poll());
  assert.equal(polls.forJoiner(all).fitting.length, 0);
  assert.equal(polls.forJoiner({ ...all, isNew: false }).fitting.length, 1);
});

Deno.test("polls that the answer has no room for follow as events, each with its votes", () => {
  const { polls, host, anna, ben } = stage();
  const [short, long] = [poll(), poll("?".repeat(2_000))];
  polls.open(host, short);
  polls.open(host, long);
  for (const voter of [anna, ben]) {
    polls.vote(voter, { pollId: long.pollId, content: choice(1) });
  }
  const { fitting, further } = polls.forJoiner({ isNew: true, roomBytes: 1_000 });
  assert.deepEqual(fitting.map(({ pollId }) => pollId), [short.pollId]);
  assert.deepEqual(further.map((event) => event.case), [
    "pollUpdated",
    "voteReceived",
    "voteReceived",
  ]);
});

Deno.test("after any votes, closes and takeovers each person's last vote counts", () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant("vote" as const),
      who: fc.nat({ max: 2 }),
      which: fc.nat({ max: 3 }),
      option: fc.nat({ max: 5 }),
    }),
    fc.record({
      do: fc.constantFrom("open" as const, "close" as const),
      which: fc.nat({ max: 3 }),
    }),
    fc.record({ do: fc.constant("takeover" as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { context, host, anna, ben } = stage();
      const people = [host, anna, ben];
      const offered = Array.from({ length: 4 }, () => poll());
      const model = new Map<string, { closed: boolean; votes: Record<string, number> }>();
      let polls = new Polls(context);
      for (const next of steps) {
        if (next.do === "takeover") {
          const restored = context.restored();
          polls = new Polls(context);
          if (restored !== undefined) polls.restore(restored);
          continue;
        }
        const chosen = offered[next.which]!;
        const expected = model.get(chosen.pollId);
        if (next.do === "vote") {
          const voter = people[next.who]!;
          const vote = { pollId: chosen.pollId, content: choice(next.option) };
          if (expected === undefined || expected.closed) {
            assert.throws(() => polls.vote(voter, vote), Refusal);
          } else {
            polls.vote(voter, vote);
            expected.votes[voter.id] = next.option;
          }
        } else if (next.do === "open") {
          polls.open(host, chosen);
          if (expected === undefined) model.set(chosen.pollId, { closed: false, votes: {} });
        } else if (expected !== undefined) {
          polls.close(host, chosen.pollId);
          expected.closed = true;
        }
      }
      const counted = Object.fromEntries([...model].map(([id, { votes }]) => [id, votes]));
      assert.deepEqual(tallies(polls), counted);
      assert.deepEqual(new Map(polls.fields()), context.fields);
    }),
    propertyRuns(200),
  );
});
