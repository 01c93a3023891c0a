import { isDatabaseUnreachable } from "../../../../db/connection.ts";
import type { Logger } from "../../../runtime/log.ts";
import type { AuditLog } from "../../audit/audit_log.ts";
import type { FirstAdministrator } from "./first_administrator.ts";
import type { FirstAdministratorSettings } from "./first_administrator_settings.ts";

/**
 * At the start of a service: makes the first person that the settings name, or else tells the
 * operator the link by which to become it. Does nothing once a person exists.
 */
export async function startFirstAdministrator(options: {
  firstAdministrator: FirstAdministrator;
  settings: FirstAdministratorSettings | undefined;
  audit: AuditLog;
  log: Logger;
}): Promise<void> {
  const { firstAdministrator, settings, audit, log } = options;
  try {
    if (settings === undefined) {
      const url = await firstAdministrator.setupUrl();
      if (url !== undefined) log.info("first administrator", { url });
      else if (await firstAdministrator.vacant()) {
        log.warn("nobody administers", { settings: ["DT_BOOTSTRAP_ADMIN_EMAIL"] });
      }
      return;
    }
    const owner = await firstAdministrator.create(settings.email, settings.password);
    if (owner === undefined) return;
    await audit.record({
      organisationId: owner.organisationId,
      actor: "operator",
      action: "member.joined",
      target: `user:${owner.userId}`,
      details: { role: "owner", first_administrator: true },
    });
    log.info("first administrator made from the settings", { userId: owner.userId });
  } catch (error) {
    if (!isDatabaseUnreachable(error)) throw error;
    // The service starts and serves its pages without a database; another start tells the link.
    log.warn("first administrator unknown", { error });
  }
}
