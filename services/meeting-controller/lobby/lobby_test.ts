import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { Refusal } from "../meeting/refusal.ts";
import { Deeds } from "../moderation/deeds.ts";
import { CloseCode } from "../participant/close_code.ts";
import {
  ContextStage,
  KeptConnection,
  stagedIdentity,
  type StagedParticipant,
} from "../testing/context_stage.ts";
import {
  KNOCKS_LIMIT_BYTES,
  Lobby,
  LOBBY_NEWS_INTERVAL_MS,
  LOBBY_WAIT_LIMIT_MS,
  MAX_WAITING,
  MAX_WAITING_OF_NETWORK,
} from "./lobby.ts";

const refusedAs = (code: ErrorCode) => (error: unknown) =>
  error instanceof Refusal && error.code === code;

class StagedVisitor {
  readonly connection = new KeptConnection();
  isAdmitted = false;

  constructor(readonly name: string, readonly identity = stagedIdentity()) {}

  get id(): string {
    return this.identity.participantId;
  }

  admitted(): void {
    this.isAdmitted = true;
  }
}

function visitorFrom(network: string, name = "Visitor"): StagedVisitor {
  return new StagedVisitor(name, stagedIdentity({ network }));
}

function stage() {
  const context = new ContextStage({ lobbyEnabled: true });
  return {
    context,
    lobby: new Lobby(context, new Deeds(context)),
    host: context.join("Host", { role: "host" }),
    anna: context.join("Anna"),
  };
}

const told = ({ connection }: StagedParticipant) =>
  connection.take("lobbyUpdated").map(({ knocks }) => knocks.map(({ name }) => name));

Deno.test("moderators alone are told who waits, the longest waiting first", () => {
  const { context, lobby, host, anna } = stage();
  const co = context.join("Co", { role: "co_host" });
  lobby.knock(new StagedVisitor("Ben"));
  context.clock.advance(LOBBY_NEWS_INTERVAL_MS);
  lobby.knock(new StagedVisitor("Cleo"));
  assert.deepEqual(told(host), [["Ben"], ["Ben", "Cleo"]]);
  assert.deepEqual(told(co), [["Ben"], ["Ben", "Cleo"]]);
  assert.deepEqual(told(anna), []);
});

Deno.test("many who come at once are told of in two messages", () => {
  const { context, lobby, host } = stage();
  for (let i = 0; i < 50; i++) lobby.knock(new StagedVisitor(`V${i}`));
  context.clock.advance(LOBBY_NEWS_INTERVAL_MS);
  assert.deepEqual(told(host).map(({ length }) => length), [1, 50]);
});

Deno.test("who is admitted hears so, and may join", async () => {
  const { context, lobby, host } = stage();
  const [ben, cleo] = [new StagedVisitor("Ben"), new StagedVisitor("Cleo")];
  lobby.knock(ben);
  lobby.knock(cleo);
  await lobby.decide(host, [ben.id], true);
  assert.equal(ben.connection.take("admissionDecided").length, 1);
  assert.deepEqual([ben.isAdmitted, cleo.isAdmitted, lobby.size], [true, false, 1]);
  const [action] = context.recorded;
  assert.deepEqual([action?.deed.action, action?.subject?.name], ["admit", "Ben"]);
});

Deno.test("who is denied is sent away", async () => {
  const { context, lobby, host } = stage();
  const ben = new StagedVisitor("Ben");
  lobby.knock(ben);
  await lobby.decide(host, [ben.id], false);
  assert.deepEqual([ben.connection.closeCode, ben.isAdmitted], [CloseCode.DENIED, false]);
  assert.equal(context.recorded[0]?.deed.action, "deny");
});

Deno.test("everyone who waits can be admitted at once", async () => {
  const { context, lobby, host } = stage();
  const visitors = Array.from({ length: 5 }, (_, i) => new StagedVisitor(`V${i}`));
  for (const visitor of visitors) lobby.knock(visitor);
  await lobby.decide(host, [], true);
  assert.ok(visitors.every(({ isAdmitted }) => isAdmitted));
  assert.deepEqual([lobby.size, context.recorded.length], [0, 5]);
  await lobby.decide(host, [], true);
  assert.equal(context.recorded.length, 5);
});

Deno.test("participants decide about nobody, and nobody about who does not wait", async () => {
  const { lobby, host, anna } = stage();
  const ben = new StagedVisitor("Ben");
  lobby.knock(ben);
  await assert.rejects(lobby.decide(anna, [ben.id], true), refusedAs(ErrorCode.FORBIDDEN));
  const nobody = [crypto.randomUUID()];
  await assert.rejects(lobby.decide(host, nobody, true), refusedAs(ErrorCode.NOT_FOUND));
  assert.equal(lobby.size, 1);
});

Deno.test("who goes away while it is recorded is not admitted", async () => {
  const { context, lobby, host } = stage();
  const recording = Promise.withResolvers<void>();
  context.recording = recording.promise;
  const ben = new StagedVisitor("Ben");
  lobby.knock(ben);
  const deciding = lobby.decide(host, [ben.id], true);
  await context.settle();
  lobby.withdraw(ben);
  recording.resolve();
  await deciding;
  assert.equal(ben.isAdmitted, false);
});

Deno.test("who knocks again in another session keeps the place, and the older one ends", () => {
  const { context, lobby, host } = stage();
  const identity = stagedIdentity();
  const [older, newer] = [new StagedVisitor("Ben", identity), new StagedVisitor("Ben", identity)];
  lobby.knock(older);
  lobby.knock(new StagedVisitor("Cleo"));
  lobby.knock(newer);
  assert.equal(older.connection.closeCode, CloseCode.SUPERSEDED);
  assert.equal(lobby.withdraw(older), false);
  context.clock.advance(LOBBY_NEWS_INTERVAL_MS);
  assert.deepEqual(told(host).at(-1), ["Ben", "Cleo"]);
});

Deno.test("nobody waits for ever", () => {
  const { context, lobby } = stage();
  const ben = new StagedVisitor("Ben");
  lobby.knock(ben);
  context.clock.advance(LOBBY_WAIT_LIMIT_MS);
  assert.deepEqual([ben.connection.closeCode, lobby.size], [CloseCode.TIMEOUT, 0]);
});

Deno.test("a lobby has a bound, and what is told of it fits into a message", () => {
  const { context, lobby, host } = stage();
  const longest = "𝕏".repeat(100);
  for (let i = 0; i < MAX_WAITING; i++) lobby.knock(visitorFrom(`network-${i % 4}`, longest));
  const late = visitorFrom("another");
  assert.throws(() => lobby.knock(late), refusedAs(ErrorCode.CAPACITY_EXCEEDED));
  context.clock.advance(LOBBY_NEWS_INTERVAL_MS);
  const names = told(host).at(-1)?.length ?? 0;
  assert.ok(names > 50 && names * longest.length * 2 < KNOCKS_LIMIT_BYTES);
});

for (const network of ["one", ""]) {
  Deno.test(`those of network "${network}" leave places in the lobby to others`, () => {
    const { lobby } = stage();
    const visitors = Array.from({ length: MAX_WAITING_OF_NETWORK }, () => visitorFrom(network));
    for (const visitor of visitors) lobby.knock(visitor);
    const full = refusedAs(ErrorCode.CAPACITY_EXCEEDED);
    assert.throws(() => lobby.knock(visitorFrom(network)), full);
    lobby.knock(visitorFrom("another"));
    lobby.withdraw(visitors[0]!);
    lobby.knock(visitorFrom(network));
  });
}

Deno.test("who waits keeps the place by knocking again, but not from a network that has no more", () => {
  const { lobby } = stage();
  for (let i = 0; i < MAX_WAITING_OF_NETWORK - 1; i++) lobby.knock(visitorFrom("one"));
  const ben = visitorFrom("one");
  lobby.knock(ben);
  lobby.knock(new StagedVisitor("Ben", ben.identity));
  const elsewhere = visitorFrom("another");
  lobby.knock(elsewhere);
  const moved = stagedIdentity({ ...elsewhere.identity, network: "one" });
  const full = refusedAs(ErrorCode.CAPACITY_EXCEEDED);
  assert.throws(() => lobby.knock(new StagedVisitor("Cleo", moved)), full);
  assert.equal(elsewhere.connection.closeCode, undefined);
});

Deno.test("who becomes a co-host is told who waits, and who is none any more that nobody does", () => {
  const { lobby, anna } = stage();
  lobby.knock(new StagedVisitor("Ben"));
  anna.role = "co_host";
  lobby.tellWhoWaits(anna);
  anna.role = "participant";
  lobby.tellWhoWaits(anna);
  assert.deepEqual(told(anna), [["Ben"], []]);
});

Deno.test("when the meeting ends everyone who waits is sent away", () => {
  const { lobby } = stage();
  const visitors = [new StagedVisitor("Ben"), new StagedVisitor("Cleo")];
  for (const visitor of visitors) lobby.knock(visitor);
  lobby.close(CloseCode.MEETING_ENDED, "the meeting has ended");
  for (const { connection } of visitors) {
    assert.equal(connection.closeCode, CloseCode.MEETING_ENDED);
  }
});
