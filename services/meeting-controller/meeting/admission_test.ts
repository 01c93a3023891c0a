import assert from "node:assert/strict";
import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import { MeetingStage } from "../testing/meeting_stage.ts";
import type { SignalingClient } from "../testing/signaling_client.ts";
import { MAX_PREPARED_OF_NETWORK } from "./admission.ts";

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

for (const network of ["one", undefined]) {
  Deno.test(`those of network "${network ?? ""}" leave places at the door to others`, async () => {
    await using stage = await MeetingStage.open();
    const people = await arrive(stage, network, MAX_PREPARED_OF_NETWORK);
    await Promise.all(
      people.map(({ client, joinToken }) =>
        client.request(prepareRequest(stage, joinToken), "prepareResponse")
      ),
    );
    const [late, next] = await arrive(stage, network, 2);
    const refused = await late!.client.refused(prepareRequest(stage, late!.joinToken));
    assert.equal(refused, ErrorCode.CAPACITY_EXCEEDED);
    const [other] = await arrive(stage, "another", 1);
    await other!.client.request(prepareRequest(stage, other!.joinToken), "prepareResponse");
    // Who goes in makes room at the door.
    await people[0]!.client.request(await stage.joinRequest("Anna"), "joinResponse");
    await next!.client.request(prepareRequest(stage, next!.joinToken), "prepareResponse");
  });
}

Deno.test("those whom the media handler is just getting to know take places at the door", async () => {
  await using stage = await MeetingStage.open();
  const gate = Promise.withResolvers<void>();
  stage.media.handlers[0]!.gate = gate.promise;
  const people = await arrive(stage, "one", MAX_PREPARED_OF_NETWORK + 10);
  const answers = people.map(({ client, joinToken }) =>
    client.ask(prepareRequest(stage, joinToken))
  );
  await Promise.race(answers);
  gate.resolve();
  const cases = (await Promise.all(answers)).map((answer) => answer.case);
  assert.equal(cases.filter((kind) => kind === "error").length, 10);
});
