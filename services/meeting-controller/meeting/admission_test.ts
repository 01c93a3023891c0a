import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { MeetingStage } from "../testing/meeting_stage.ts";
import type { SignalingClient } from "../testing/signaling_client.ts";
import { MIN_PREPARED_OF_NETWORK } from "./admission.ts";

/** Sessions of people from a network, who have not said anything yet. */
async function arrive(
  stage: MeetingStage,
  network: string | undefined,
  count: number,
): Promise<{ client: SignalingClient; joinToken: string }[]> {
  const claims = network === undefined ? {} : { network };
  return await Promise.all(Array.from({ length: count }, async () => ({
    client: await stage.connect(),
    joinToken: await stage.token(undefined, claims),
  })));
}

const prepareRequest = ({ meetingId }: MeetingStage, joinToken: string) =>
  ({ case: "prepareRequest", value: { meetingId, joinToken } }) as const;

async function prepareAll(
  stage: MeetingStage,
  people: readonly { client: SignalingClient; joinToken: string }[],
): Promise<void> {
  await Promise.all(
    people.map(({ client, joinToken }) =>
      client.request(prepareRequest(stage, joinToken), "prepareResponse")
    ),
  );
}

Deno.test("those of one network leave places at the door to others", async () => {
  await using stage = await MeetingStage.open();
  const people = await arrive(stage, "one", MIN_PREPARED_OF_NETWORK);
  await prepareAll(stage, people);
  const [late, next] = await arrive(stage, "one", 2);
  const refused = await late!.client.refused(prepareRequest(stage, late!.joinToken));
  assert.equal(refused, ErrorCode.CAPACITY_EXCEEDED);
  await prepareAll(stage, await arrive(stage, "another", 1));
  // Who goes in makes room at the door.
  await people[0]!.client.request(await stage.joinRequest("Anna"), "joinResponse");
  await prepareAll(stage, [next!]);
});

Deno.test("a whole office gets to the door of a large meeting", async () => {
  await using stage = await MeetingStage.open({ settings: { maxParticipants: 400 } });
  await prepareAll(stage, await arrive(stage, "one", 2 * MIN_PREPARED_OF_NETWORK));
});

Deno.test("whom a backend let in is of no network", async () => {
  await using stage = await MeetingStage.open();
  await prepareAll(stage, await arrive(stage, undefined, MIN_PREPARED_OF_NETWORK + 1));
});

Deno.test("those whom the media handler is just getting to know take places at the door", async () => {
  await using stage = await MeetingStage.open();
  const gate = Promise.withResolvers<void>();
  stage.media.handlers[0]!.gate = gate.promise;
  const people = await arrive(stage, "one", MIN_PREPARED_OF_NETWORK + 10);
  const answers = people.map(({ client, joinToken }) =>
    client.ask(prepareRequest(stage, joinToken))
  );
  await Promise.race(answers);
  gate.resolve();
  const cases = (await Promise.all(answers)).map((answer) => answer.case);
  assert.equal(cases.filter((kind) => kind === "error").length, 10);
});
