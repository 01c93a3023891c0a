import { connectDatabase } from "../../db/connection.ts";
import { readString } from "../runtime/configuration.ts";
import { runService } from "../runtime/run_service.ts";
import { PostgresRetention } from "./retention/postgres_retention.ts";
import { readRetentionSettings } from "./retention/retention_settings.ts";

/**
 * Deletes what is older than it may be kept, until nothing is left: for cron, where no long-lived
 * global controller does it. DATABASE_URL and the settings DT_RETENTION_….
 */
if (import.meta.main) {
  await runService("retain", async (signal, log) => {
    const settings = readRetentionSettings(Deno.env);
    const sql = connectDatabase(readString(Deno.env, "DATABASE_URL"), "retain");
    try {
      const retention = new PostgresRetention(sql, settings, log);
      let report = await retention.run(signal);
      if (report === undefined) log.info("another process is at it");
      while (report !== undefined) {
        log.info("retention ran", { ...report });
        const idle = Object.keys(report.counts).length === 0;
        if (report.complete || idle || signal.aborted) break;
        report = await retention.run(signal);
      }
    } finally {
      await sql.end({ timeout: 5 });
    }
  });
}
