import assert from "node:assert/strict";
import { type Acknowledged, ClientJournal, type SeenParticipant } from "./client_journal.ts";
import type { Evidence, Resources } from "./evidence.ts";
import { findViolations } from "./invariants.ts";
import { ServiceLines } from "./service_lines.ts";

const MEETING = "meeting";

/** A meeting of Ada and Bob that went well, up to a fault and ten seconds beyond. */
class Story {
  nowMs = 0;
  readonly ada = new ClientJournal("Ada", () => this.nowMs);
  readonly bob = new ClientJournal("Bob", () => this.nowMs);
  readonly services = new ServiceLines();
  changes: Partial<Evidence> = {};

  constructor() {
    this.own("controller", 1n);
    this.join(this.ada, "a", "token-a");
    this.join(this.bob, "b", "token-b");
  }

  own(service: string, epoch: bigint): void {
    const line = { message: "meeting owned", meeting_id: MEETING, metadata: { epoch: `${epoch}` } };
    this.services.add(service, JSON.stringify(line));
  }

  /** Comes in, over a session that is called as the participant. */
  join(journal: ClientJournal, participantId: string, tokenId?: string): void {
    this.done(journal, { kind: "join", participantId, ...(tokenId && { tokenId }) });
    journal.note({ event: "session opened", participantId, session: participantId });
  }

  done(journal: ClientJournal, what: Acknowledged): void {
    journal.note({ event: "asked", what });
    this.nowMs += 10;
    journal.note({ event: "acknowledged", what });
  }

  saw(journal: ClientJournal, ...epochs: bigint[]): void {
    for (const epoch of epochs) journal.note({ event: "epoch", meetingId: MEETING, epoch });
  }

  /** The rosters when all is over. */
  end(ofAda: readonly SeenParticipant[], ofBob: readonly SeenParticipant[] = ofAda): this {
    this.nowMs = 100_000;
    this.ada.note({ event: "roster", participants: ofAda });
    this.bob.note({ event: "roster", participants: ofBob });
    return this;
  }

  /** The names of the invariants that do not hold. */
  broken(): string[] {
    const evidence = {
      journals: [this.ada, this.bob],
      events: this.services.events,
      recoveredAtMs: 60_000,
      ...this.changes,
    };
    return findViolations(evidence).map(({ invariant }) => invariant);
  }
}

function seen(participantId: string, changes: Partial<SeenParticipant> = {}): SeenParticipant {
  return { participantId, role: "participant", handRaised: 0, muted: [], ...changes };
}

const BOTH = [seen("a"), seen("b")];

/** Stories that end well or badly, by what they break. */
const STORIES: Readonly<Record<string, { broken: string[]; tell: (story: Story) => void }>> = {
  "all went well": {
    broken: [],
    tell: (story) => {
      story.saw(story.ada, 1n, 1n, 2n);
      story.own("other controller", 2n);
      story.done(story.ada, { kind: "mute", participantId: "b", type: "audio", muted: true });
      const muted = [seen("a"), seen("b", { muted: ["audio"] })];
      story.end(muted);
    },
  },
  "an epoch fell": {
    broken: ["the epoch a client sees never falls"],
    tell: (story) => {
      story.saw(story.ada, 2n, 1n);
      story.end(BOTH);
    },
  },
  "two processes owned one epoch": {
    broken: ["one epoch has one owner"],
    tell: (story) => {
      story.own("other controller", 1n);
      story.end(BOTH);
    },
  },
  "a process that was started again owned the epoch of the one before": {
    broken: ["one epoch has one owner"],
    tell: (story) => {
      story.services.add("controller", JSON.stringify({ message: "listening" }));
      story.own("controller", 1n);
      story.end(BOTH);
    },
  },
  "a join was lost": {
    broken: ["what was acknowledged is not lost", "what was acknowledged is not lost"],
    tell: (story) => story.end([seen("a")]),
  },
  "a leave was lost": {
    broken: ["what was acknowledged is not lost", "what was acknowledged is not lost"],
    tell: (story) => {
      story.done(story.bob, { kind: "leave", participantId: "b" });
      story.end(BOTH);
    },
  },
  "a mute was lost": {
    broken: ["what was acknowledged is not lost", "what was acknowledged is not lost"],
    tell: (story) => {
      story.done(story.ada, { kind: "mute", participantId: "b", type: "audio", muted: true });
      story.end(BOTH);
    },
  },
  "a mute was not acknowledged": {
    broken: [],
    tell: (story) => {
      const what = { kind: "mute", participantId: "b", type: "audio", muted: true } as const;
      story.ada.note({ event: "asked", what });
      story.end(BOTH);
    },
  },
  "a role was lost": {
    broken: ["what was acknowledged is not lost", "what was acknowledged is not lost"],
    tell: (story) => {
      story.done(story.ada, { kind: "role", participantId: "b", role: "co-host" });
      story.end(BOTH);
    },
  },
  "somebody joined again as another participant, and the one before stayed": {
    broken: [
      "what was acknowledged is not lost",
      "what was acknowledged is not lost",
      "no ghosts, and all rosters are equal",
      "no ghosts, and all rosters are equal",
    ],
    tell: (story) => {
      story.bob.note({ event: "session closed", session: "b" });
      story.join(story.bob, "b2", "token-b2");
      story.end([...BOTH, seen("b2")]);
    },
  },
  "a participant lived twice": {
    broken: ["one participant has at most one live session"],
    tell: (story) => {
      story.bob.note({ event: "session opened", participantId: "a", session: "stolen" });
      story.end(BOTH);
    },
  },
  "a session replaced another one, which learnt of it late": {
    broken: [],
    tell: (story) => {
      story.ada.note({ event: "session opened", participantId: "a", session: "second" });
      story.nowMs += 1_000;
      story.ada.note({ event: "session closed", session: "a" });
      story.end(BOTH);
    },
  },
  "a ghost stayed": {
    broken: ["no ghosts, and all rosters are equal", "no ghosts, and all rosters are equal"],
    tell: (story) => story.end([...BOTH, seen("ghost")]),
  },
  "rosters differ": {
    broken: ["no ghosts, and all rosters are equal"],
    tell: (story) => story.end(BOTH, [seen("a", { handRaised: 1 }), seen("b")]),
  },
  "a token let two in": {
    broken: ["a single-use token is accepted once"],
    tell: (story) => {
      story.bob.note({ event: "session closed", session: "b" });
      story.join(story.bob, "b2", "token-a");
      story.end([seen("a"), seen("b2")]);
    },
  },
  "a banned person came back as somebody else": {
    broken: ["who is banned never returns"],
    tell: (story) => {
      story.done(story.ada, { kind: "remove", participantId: "b", ban: true });
      story.bob.note({ event: "session closed", session: "b" });
      story.join(story.bob, "b2", "token-b2");
      story.end([seen("a"), seen("b2")]);
    },
  },
  "a removed person came back": {
    broken: [],
    tell: (story) => {
      story.done(story.ada, { kind: "remove", participantId: "b", ban: false });
      story.bob.note({ event: "session closed", session: "b" });
      story.join(story.bob, "b2", "token-b2");
      story.end([seen("a"), seen("b2")]);
    },
  },
  "an action was audited twice, another one never, and the chain is broken": {
    broken: Array(3).fill("each admin action is audited once, in an unbroken chain"),
    tell: (story) => {
      const actions = [["one", 1], ["two", 2], ["none", 0]] as const;
      story.changes = {
        audit: {
          actions: actions.map(([actionId, entries]) => ({ actionId, entries })),
          chainFault: "row 7 was edited",
        },
      };
      story.end(BOTH);
    },
  },
  "somebody who left read on": {
    broken: ["who left reads nothing any more"],
    tell: (story) => {
      story.done(story.bob, { kind: "leave", participantId: "b" });
      story.bob.note({ event: "session closed", session: "b" });
      story.nowMs += 3_000;
      story.bob.note({ event: "frame decrypted", senderId: "a" });
      story.end([seen("a")]);
    },
  },
  "somebody who left read what was on its way": {
    broken: [],
    tell: (story) => {
      story.done(story.bob, { kind: "leave", participantId: "b" });
      story.bob.note({ event: "session closed", session: "b" });
      story.nowMs += 1_000;
      story.bob.note({ event: "frame decrypted", senderId: "a" });
      story.end([seen("a")]);
    },
  },
  "a counter was used twice": {
    broken: ["no key and counter repeat"],
    tell: (story) => {
      for (const counter of [1n, 2n, 2n]) {
        story.ada.note({ event: "frame sealed", keyId: "key", counter });
      }
      story.end(BOTH);
    },
  },
  "a server kept more than it had": {
    broken: ["what was used is given back"],
    tell: (story) => {
      const used: Resources = {
        of: "controller",
        memoryBytes: 1e8,
        descriptors: 50,
        redisKeys: 20,
      };
      story.changes = {
        resources: { before: [used], after: [{ ...used, memoryBytes: 1.09e8, redisKeys: 23 }] },
      };
      story.end(BOTH);
    },
  },
};

for (const [name, { broken, tell }] of Object.entries(STORIES)) {
  Deno.test(`the invariants tell whether ${name}`, () => {
    const story = new Story();
    tell(story);
    assert.deepEqual(story.broken(), broken);
  });
}

Deno.test("a roster that was noted too early says nothing", () => {
  const story = new Story();
  story.nowMs = 60_001;
  story.ada.note({ event: "roster", participants: [] });
  assert.deepEqual(story.broken(), []);
});
