import assert from "node:assert/strict";
import type { SeenParticipant, SignalingClient } from "../testing/signaling_client.ts";
import { audioStream, type MeetingStage } from "../testing/meeting_stage.ts";
import { ResumeIdentity } from "../testing/resumable_person.ts";

/** Two hosts who only want to meet: whatever others do beside them, they must not notice. */
export class HonestPair {
  private constructor(
    private readonly clients: readonly [SignalingClient, SignalingClient],
    /** What each publishes. */
    readonly streamIds: readonly string[],
  ) {}

  static async join(stage: MeetingStage): Promise<HonestPair> {
    const identity = await ResumeIdentity.create();
    const join = async (name: string) => {
      const stream = audioStream();
      const client = await stage.join(name, {
        joinToken: await stage.token(crypto.randomUUID(), { role: "host" }),
        identityKey: identity.publicKey,
        streams: [stream],
      });
      return { client, streamId: stream.streamId };
    };
    const [anna, ben] = [await join("Anna"), await join("Ben")];
    // Whoever was first learns of the other by an event, the other by the answer to the join.
    for (const participant of ben.client.joined.existingParticipants) {
      const { participantId, name, streams } = participant;
      const seen = Object.fromEntries(streams.map(({ streamId, muted }) => [streamId, muted]));
      ben.client.roster.set(participantId, { name, streams: seen });
    }
    return new HonestPair([anna.client, ben.client], [anna.streamId, ben.streamId]);
  }

  get participantIds(): string[] {
    return this.clients.map(({ participantId }) => participantId);
  }

  /** Shows that both are here. */
  async ping(): Promise<void> {
    for (const client of this.clients) await client.settle();
  }

  /** Both get answers, hear each other, and see each other as they are. */
  async check(): Promise<void> {
    const ended = this.clients.map(async ({ closed }) => {
      assert.fail(`an honest session ended with code ${(await closed).closeCode}`);
    });
    // They end for good in the end.
    for (const end of ended) end.catch(() => undefined);
    await Promise.race([this.#check(), ...ended]);
  }

  async #check(): Promise<void> {
    const [anna, ben] = this.clients;
    const open = { case: "changeMeeting", value: { locked: false, lobbyEnabled: true } } as const;
    await anna.request(open, "acknowledgement");
    const messageId = crypto.randomUUID();
    const content = new Uint8Array([1]);
    const message = { case: "sendMessage", value: { messageId, content } } as const;
    await ben.request(message, "acknowledgement");
    await this.ping();
    const heard = anna.events.some((event) =>
      event.case === "messageReceived" && event.value.messageId === messageId
    );
    assert.ok(heard, "what one said did not reach the other");
    for (const client of this.clients) {
      client.events.length = 0;
      client.arrivals.length = 0;
    }
    assert.deepEqual(anna.roster.get(ben.participantId), this.#seen("Ben", 1));
    assert.deepEqual(ben.roster.get(anna.participantId), this.#seen("Anna", 0));
    assert.deepEqual(others(anna, ben), others(ben, anna), "the two see different people");
  }

  /** Both see nobody but each other. */
  checkAlone(): void {
    for (const { roster } of this.clients) {
      assert.equal(roster.size, 1, "somebody is seen for ever");
    }
  }

  /** Ends the meeting. Both are told, when time passes. */
  async end(): Promise<(number | undefined)[]> {
    await this.clients[0].request({ case: "endMeeting", value: {} }, "acknowledgement");
    return await Promise.all(
      this.clients.map(async ({ closed }) => (await closed).closeCode),
    );
  }

  #seen(name: string, index: number): SeenParticipant {
    return { name, streams: { [this.streamIds[index]!]: false } };
  }
}

/** Whom `client` sees beside `except`. */
function others({ roster }: SignalingClient, except: SignalingClient): string[] {
  return [...roster.keys()].filter((id) => id !== except.participantId).sort();
}
