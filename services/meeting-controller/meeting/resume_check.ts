import { ErrorCode } from "../../../proto/gen/dark_tower/signaling/v1/signaling_pb.ts";
import type { Participant } from "../participant/participant.ts";
import { isResumeProof } from "../participant/resume_proof.ts";
import { Refusal } from "./refusal.ts";
import type { ResumeDetails } from "./resume_details.ts";

/** @throws {Refusal} UNAUTHORIZED unless the secret is one of the two that are good. */
export function checkSecret({ canResume, secrets }: Participant, secret: Uint8Array): void {
  if (!canResume || !secrets.accepts(secret)) throw unauthorized();
}

/** @throws {Refusal} UNAUTHORIZED without a good secret and the proof for it. */
export async function checkResume(
  meetingId: string,
  participant: Participant,
  { secret, proof }: ResumeDetails,
): Promise<void> {
  checkSecret(participant, secret);
  const session = { meetingId, participantId: participant.id, secret };
  if (!await isResumeProof(participant.identityKey, session, proof)) throw unauthorized();
}

/** Never says what was wrong: that helps only those who guess. */
function unauthorized(): Refusal {
  return new Refusal(ErrorCode.UNAUTHORIZED, "the session cannot be resumed with this; join anew");
}
