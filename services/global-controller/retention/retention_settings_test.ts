import assert from "node:assert/strict";
import { ConfigurationError } from "../../runtime/configuration.ts";
import { DEFAULT_RETENTION, readRetentionSettings } from "./retention_settings.ts";

Deno.test("what is not set has its default, and the audit log is kept", () => {
  const settings = readRetentionSettings(new Map());
  assert.deepEqual(settings, DEFAULT_RETENTION);
  assert.equal(settings.auditMonths, 0);
});

Deno.test("each time is read from its variable, and a wrong one is named", () => {
  const settings = readRetentionSettings(
    new Map([
      ["DT_RETENTION_ATTENDANCE_DAYS", "7"],
      ["DT_RETENTION_WEBHOOK_EVENT_DAYS", "2"],
      ["DT_RETENTION_INVITATION_DAYS", "0"],
      ["DT_RETENTION_AUDIT_MONTHS", "24"],
    ]),
  );
  assert.deepEqual(settings, {
    attendanceDays: 7,
    webhookEventDays: 2,
    invitationDays: 0,
    auditMonths: 24,
  });
  assert.throws(
    () => readRetentionSettings(new Map([["DT_RETENTION_AUDIT_MONTHS", "-1"]])),
    (error) => error instanceof ConfigurationError && /AUDIT_MONTHS/.test(error.message),
  );
});
