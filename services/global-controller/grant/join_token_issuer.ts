import { issueJoinToken, type MeetingRole } from "../auth/join_token.ts";
import type { TokenKeys } from "../auth/token_keys.ts";

/** A join token and whom it makes of its bearer. */
export interface IssuedJoinToken {
  readonly participantId: string;
  readonly token: string;
  readonly expiresAt: Date;
}

/** Gives out join tokens. */
export class JoinTokenIssuer {
  readonly #keys: TokenKeys;

  constructor(options: { keys: TokenKeys }) {
    this.#keys = options.keys;
  }

  /** A token for a new participant of the meeting at its meeting controller. */
  async issue(
    { meetingId, controllerId, role }: {
      readonly meetingId: string;
      readonly controllerId: string;
      readonly role: MeetingRole;
    },
  ): Promise<IssuedJoinToken> {
    const participantId = crypto.randomUUID();
    const grant = { controllerId, meetingId, participantId, role };
    return { participantId, ...await issueJoinToken(this.#keys, grant) };
  }
}
