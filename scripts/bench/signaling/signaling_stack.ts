import postgres from "postgres";
import type { Database } from "../../../db/connection.ts";
import { makeTemporaryDirectory } from "../../../db/temporary_directory.ts";
import { createLogger } from "../../../services/runtime/log.ts";
import { Stack, type StackOptions } from "../../../services/stack/stack.ts";
import { openKeyRing } from "../../../services/global-controller/auth/signing/open_key_ring.ts";
import type { TokenKeys } from "../../../services/global-controller/auth/signing/token_keys.ts";
import { issueJoinToken } from "../../../services/global-controller/auth/token/join_token.ts";
import { GRANTS } from "../../../services/meeting-controller/participant/grant.ts";
import type { ControllerAddress, Ticket } from "./load.ts";

/** No configured limit is what is measured. */
const UNBOUNDED = {
  DT_MAX_MEETINGS: "10000",
  DT_MAX_PARTICIPANTS: "100000",
  DT_MAX_STREAMS: "1000000",
};
/** The stack ends long before its keys are replaced, milliseconds. */
const KEYS_SIGN_FOR_MS = 3_600_000;

/** The real services over real stores, meetings there, and tokens to join them. */
export class SignalingStack implements AsyncDisposable {
  #meetings = 0;

  private constructor(
    readonly stack: Stack,
    private readonly sql: Database,
    /** Those of the global controller: its API would give each token out one by one. */
    private readonly keys: TokenKeys,
    private readonly dataDirectory: string,
  ) {}

  /** Starts everything: PostgreSQL as in production (every commit is on disk), Redis, services. */
  static async start(
    options: Pick<StackOptions, "meetingControllers" | "settles"> = {},
  ): Promise<SignalingStack> {
    const dataDirectory = await makeTemporaryDirectory();
    const stack = await Stack.start({ ...options, dataDirectory, env: UNBOUNDED }).catch(
      async (error) => {
        await Deno.remove(dataDirectory, { recursive: true });
        throw error;
      },
    );
    const sql = postgres(stack.databaseUrl, { max: 2, onnotice: () => {} });
    const { signingKey } = stack.secrets;
    const settings = { signingKey, signsForMs: KEYS_SIGN_FOR_MS };
    const keys = await openKeyRing(settings, sql, createLogger("bench"));
    return new SignalingStack(stack, sql, keys, dataDirectory);
  }

  /** The address of a meeting controller. */
  controller(instance = 0): ControllerAddress {
    const { listening } = this.#process(instance);
    return {
      url: String(listening.endpoint),
      certificateHashes: listening.certificate_hashes as string[],
    };
  }

  /** The process of a meeting controller, and its UDP port. */
  controllerProcess(instance = 0): { controller: number; port: number } {
    const { pid, listening } = this.#process(instance);
    return { controller: pid, port: Number(listening.port) };
  }

  /** Creates meetings, and a ticket at `instance` for each of so many people in each of them. */
  async createMeetings(count: number, people: number, instance = 0): Promise<Ticket[]> {
    const meetingIds = Array.from({ length: count }, () => crypto.randomUUID());
    const first = this.#meetings;
    this.#meetings += count;
    await this.sql`
      INSERT INTO meetings (meeting_id, code, display_name, max_participants)
      SELECT id, substr(word, 1, 3) || '-' || substr(word, 4, 4) || '-' || substr(word, 8, 3),
        'Weekly', ${Math.max(100, people)}
      FROM unnest(${meetingIds}::uuid[]) WITH ORDINALITY AS made (id, number)
      CROSS JOIN LATERAL (
        SELECT translate(to_char(${first}::int + number, 'FM0000000000'), '0123456789', 'bcdfghjklm')
          AS word) words`;
    return await this.createTickets(meetingIds, people, instance);
  }

  /** A ticket at `instance` for each of so many more people in each meeting, meeting by meeting. */
  async createTickets(
    meetingIds: readonly string[],
    people: number,
    instance = 0,
  ): Promise<Ticket[]> {
    const { url } = this.controller(instance);
    // The latest, since it may have been started again at the same place.
    const [lease] = await this.sql<{ controller_id: string }[]>`
      SELECT controller_id FROM controller_leases WHERE endpoint = ${url}
      ORDER BY expires_at DESC LIMIT 1`;
    const controllerId = lease!.controller_id;
    return await Promise.all(
      meetingIds.flatMap((meetingId) =>
        Array.from({ length: people }, async () => {
          const participantId = crypto.randomUUID();
          const grant = { meetingId, participantId, controllerId, role: "participant" } as const;
          const { token } = await issueJoinToken(this.keys, { ...grant, grants: GRANTS });
          return { meetingId, participantId, joinToken: token };
        })
      ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql.end({ timeout: 5 });
    await this.stack[Symbol.asyncDispose]();
    await Deno.remove(this.dataDirectory, { recursive: true });
  }

  #process(instance: number) {
    return this.stack.service("meeting-controller", this.stack.regions[0], instance);
  }
}
