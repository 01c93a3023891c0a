import type { Database } from "../../../db/connection.ts";
import type { RegisteredController } from "../region/registered_server.ts";

/** How long a lease of a test lives, seconds: longer than any test. */
const LIFETIME_S = 3_600;

/** Writes what meeting controllers write of their leases and meetings. */
export class TestLeases {
  readonly #sql: Database;

  constructor(sql: Database) {
    this.#sql = sql;
  }

  /** Has the controller own the meeting under a lease that lives. */
  async own(
    meetingId: string,
    { controllerId, endpoint, certificateHashes }: Pick<
      RegisteredController,
      "controllerId" | "endpoint" | "certificateHashes"
    >,
    epoch: bigint,
  ): Promise<void> {
    const sql = this.#sql;
    await sql`
      INSERT INTO controller_leases (controller_id, endpoint, certificate_hashes, expires_at)
      VALUES (${controllerId}, ${endpoint}, ${[...certificateHashes]},
        now() + ${LIFETIME_S} * interval '1 second')
      ON CONFLICT (controller_id) DO UPDATE SET expires_at = excluded.expires_at`;
    await sql`
      INSERT INTO meeting_owners (meeting_id, controller_id, epoch)
      VALUES (${meetingId}, ${controllerId}, ${epoch.toString()}::bigint)
      ON CONFLICT (meeting_id)
        DO UPDATE SET controller_id = excluded.controller_id, epoch = excluded.epoch`;
  }

  /** Lets the controller's lease run out. */
  async expire({ controllerId }: Pick<RegisteredController, "controllerId">): Promise<void> {
    await this.#sql`
      UPDATE controller_leases SET expires_at = now() - interval '1 millisecond'
      WHERE controller_id = ${controllerId}`;
  }

  /** The owner gives the meeting up. */
  async release(meetingId: string): Promise<void> {
    await this.#sql`
      UPDATE meeting_owners SET controller_id = NULL WHERE meeting_id = ${meetingId}`;
  }
}
