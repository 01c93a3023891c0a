import assert from "node:assert/strict";
import { ErrorCode, StreamType } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { CloseCode } from "../../meeting-controller/participant/close_code.ts";
import type { ResumablePerson } from "../../meeting-controller/testing/resumable_person.ts";
import type { SignalingClient } from "../../meeting-controller/testing/signaling_client.ts";
import { createMeeting } from "../guest.ts";
import type { HeadlessClient } from "../headless_client.ts";
import { type Attacker, closeCodeOf } from "./attacker.ts";
import { type OrganisedAttack, OrganisedStack } from "./organised_stack.ts";

/** Resumes of the storm, and how many of them one session sends. */
const STORM_RESUMES = 1_000;
const RESUMES_PER_SESSION = 100;
/** Sessions of the storm that are open at the same time: fewer than one address may have. */
const STORM_SESSIONS = 5;

/** The resume is refused with that code, and the person's own session stands as before. */
async function assertVictimStays(
  attacker: Attacker,
  victim: ResumablePerson,
  fields: Parameters<ResumablePerson["resumeRequest"]>[0],
): Promise<void> {
  const thief = await attacker.signaling();
  const request = await victim.resumeRequest(fields);
  assert.equal(await thief.refused(request), ErrorCode.UNAUTHORIZED);
  assert.equal(await closeCodeOf(thief.session), CloseCode.UNAUTHORIZED);
  await victim.client.settle();
}

/** Whether the session still answers. */
async function isAlive(client: SignalingClient): Promise<boolean> {
  const ended = client.closed.then(() => false);
  return await Promise.race([ended, client.settle().then(() => true)]);
}

/** Resolves when the watcher has the person on the roster. */
async function untilSeen(watcher: HeadlessClient, { participantId }: ResumablePerson) {
  await watcher.until(
    "the person is seen",
    () => watcher.state.participants.some(({ id }) => id === participantId),
  );
}

const ATTACKS: Record<string, OrganisedAttack> = {
  "a stolen secret without the key, a proof by another key, a secret that was guessed": async (
    attacker,
  ) => {
    const victim = await attacker.enter();
    const mallory = await attacker.enter();
    const { meetingId, participantId, secret } = victim;
    await assertVictimStays(attacker, victim, { proof: new Uint8Array(64) });
    const proof = await mallory.identity.prove({ meetingId, participantId, secret });
    await assertVictimStays(attacker, victim, { proof });
    await assertVictimStays(attacker, victim, {
      secret: crypto.getRandomValues(new Uint8Array(32)),
    });
    await assertVictimStays(attacker, victim, { participantId: mallory.participantId });
  },

  "the session of somebody honest": async (attacker, { ada }) => {
    const mallory = await attacker.enter();
    const participantId = ada.state.participantId!;
    const { meetingId, secret } = mallory;
    const proof = await mallory.identity.prove({ meetingId, participantId, secret });
    await assertVictimStays(attacker, mallory, { participantId, proof });
  },

  "resumes that break the rules": async (attacker) => {
    const victim = await attacker.enter();
    const broken = [
      { secret: new Uint8Array(31) },
      { proof: new Uint8Array(65) },
      { participantId: "__proto__" },
    ];
    const client = await attacker.signaling();
    for (const fields of broken) {
      const { case: kind, value } = await victim.resumeRequest();
      const request = { case: kind, value: { ...value, ...fields } };
      assert.equal(await client.refused(request), ErrorCode.INVALID_REQUEST);
    }
    assert.equal(await closeCodeOf(client.session), CloseCode.INVALID_REQUEST);
    await victim.client.settle();
  },

  "eight resumes at once": async (attacker, { ada }) => {
    const victim = await attacker.enter();
    const request = await victim.resumeRequest();
    const clients = await Promise.all(Array.from({ length: 8 }, () => attacker.signaling()));
    // Each comes with a good secret and proof; the last one has the session.
    await Promise.all(clients.map((client) => Promise.race([client.ask(request), client.closed])));
    const alive = await Promise.all(clients.map(isAlive));
    assert.equal(alive.filter((lives) => lives).length, 1);
    for (const [index, { session }] of clients.entries()) {
      if (!alive[index]) assert.equal(await closeCodeOf(session), CloseCode.SUPERSEDED);
    }
    assert.equal(await closeCodeOf(victim.client.session), CloseCode.SUPERSEDED);
    const seen = ada.state.participants.filter(({ id }) => id === victim.participantId);
    assert.equal(seen.length, 1);
  },

  "sixteen streams of others": async (attacker, { attacked: { meeting } }) => {
    const mallory = await attacker.enter();
    const streams = Array.from({ length: 16 }, (_, index) => ({
      streamId: index === 7 ? meeting.streamId : crypto.randomUUID(),
      streamType: StreamType.VIDEO_CAMERA,
    }));
    const client = await attacker.signaling();
    const request = await mallory.resumeRequest({ streams });
    assert.equal(await client.refused(request), ErrorCode.CONFLICT);
    // Nothing of it happened.
    await mallory.client.settle();
    const others = await attacker.enter();
    assert.deepEqual(others.client.roster.get(mallory.participantId)?.streams, {});
  },

  "somebody who was removed": async (attacker, { ada }) => {
    const mallory = await attacker.enter();
    await untilSeen(ada, mallory);
    await ada.meeting.remove(mallory.participantId, { ban: false });
    assert.equal(await closeCodeOf(mallory.client.session), CloseCode.REMOVED);
    const client = await attacker.signaling();
    assert.equal(await client.refused(await mallory.resumeRequest()), ErrorCode.NOT_FOUND);
  },

  "somebody who was banned, with a token of before": async (attacker, { ada, backend }) => {
    const person = { name: "Trudy", role: "participant", reference: "trudy" } as const;
    const [first, second] = [await backend.admit(person), await backend.admit(person)];
    const trudy = await attacker.enter(first);
    await untilSeen(ada, trudy);
    await ada.meeting.remove(trudy.participantId, { ban: true });
    assert.equal(await closeCodeOf(trudy.client.session), CloseCode.BANNED);
    const client = await attacker.signaling(second);
    assert.equal(await client.refused(await attacker.joinRequest(second)), ErrorCode.FORBIDDEN);
    assert.equal(await closeCodeOf(client.session), CloseCode.BANNED);
    const resuming = await attacker.signaling(second);
    assert.equal(await resuming.refused(await trudy.resumeRequest()), ErrorCode.NOT_FOUND);
    await assert.rejects(backend.admit(person), /403/);
  },

  "the secret and the token of another meeting": async (attacker, { attacked: { stack } }) => {
    const mallory = await attacker.enter();
    const url = `${stack.url}/api/v1/meetings/${await createMeeting(stack.url)}`;
    const { meeting_id: meetingId } = await (await fetch(url)).json();
    const { participantId, secret } = mallory;
    const proof = await mallory.identity.prove({ meetingId, participantId, secret });
    const client = await attacker.signaling();
    const request = await mallory.resumeRequest({ meetingId, proof });
    assert.equal(await client.refused(request), ErrorCode.NOT_FOUND);
    const grant = await attacker.grant();
    const join = await attacker.joinRequest(grant, { meetingId });
    assert.equal(await client.refused(join), ErrorCode.UNAUTHORIZED);
  },

  "one identity in two tabs": async (attacker, { ada }) => {
    const one = await attacker.enter();
    const two = await attacker.enter(undefined, { identityKey: one.identity.publicKey });
    await one.client.settle();
    await two.client.settle();
    assert.notEqual(one.participantId, two.participantId);
    await untilSeen(ada, one);
    await untilSeen(ada, two);
    // Each tab has a secret of its own.
    const { meetingId } = one;
    const swapped = { participantId: two.participantId, secret: one.secret };
    const proof = await one.identity.prove({ meetingId, ...swapped });
    await assertVictimStays(attacker, two, { ...swapped, proof });
  },

  "a thousand resumes with wrong secrets": async (attacker) => {
    const victim = await attacker.enter();
    const storm = async () => {
      for (let sent = 0; sent < STORM_RESUMES / STORM_SESSIONS; sent += RESUMES_PER_SESSION) {
        const client = await attacker.signaling();
        for (let i = 0; i < RESUMES_PER_SESSION; i++) {
          const secret = crypto.getRandomValues(new Uint8Array(32));
          const { meetingId, participantId } = victim;
          const value = { meetingId, participantId, secret, proof: new Uint8Array(64) };
          void client.ask({ case: "resumeRequest", value });
        }
        assert.equal(await closeCodeOf(client.session), CloseCode.UNAUTHORIZED);
      }
    };
    await Promise.all(Array.from({ length: STORM_SESSIONS }, storm));
    await victim.client.settle();
    await victim.resume();
  },
};

Deno.test("sessions are resumed by those whose they are, and by nobody else", async (t) => {
  await using stage = await OrganisedStack.start();
  for (const [name, attack] of Object.entries(ATTACKS)) {
    await t.step(name, () => stage.endures(attack));
  }
});
