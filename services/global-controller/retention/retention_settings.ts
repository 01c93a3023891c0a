import { type Environment, readInteger } from "../../runtime/configuration.ts";

/** How long things are kept; 0 days or months: for ever. */
export interface RetentionSettings {
  /** Who was in which meeting, and its sessions, after their end: `DT_RETENTION_ATTENDANCE_DAYS`. */
  readonly attendanceDays: number;
  /** Webhook events with their deliveries: `DT_RETENTION_WEBHOOK_EVENT_DAYS`. */
  readonly webhookEventDays: number;
  /** Invitations after they expired: `DT_RETENTION_INVITATION_DAYS`. */
  readonly invitationDays: number;
  /** Whole months of the audit log, the running one not counted: `DT_RETENTION_AUDIT_MONTHS`. */
  readonly auditMonths: number;
}

/** What is kept for how long unless the operator says otherwise. */
export const DEFAULT_RETENTION: RetentionSettings = {
  attendanceDays: 365,
  webhookEventDays: 30,
  invitationDays: 90,
  auditMonths: 0,
};

const MAX_DAYS = 36_500;
const MAX_MONTHS = 1_200;

/** @throws {ConfigurationError} */
export function readRetentionSettings(env: Environment): RetentionSettings {
  const days = (name: string, fallback: number) =>
    readInteger(env, name, { fallback, minimum: 0, maximum: MAX_DAYS });
  return {
    attendanceDays: days("DT_RETENTION_ATTENDANCE_DAYS", DEFAULT_RETENTION.attendanceDays),
    webhookEventDays: days("DT_RETENTION_WEBHOOK_EVENT_DAYS", DEFAULT_RETENTION.webhookEventDays),
    invitationDays: days("DT_RETENTION_INVITATION_DAYS", DEFAULT_RETENTION.invitationDays),
    auditMonths: readInteger(env, "DT_RETENTION_AUDIT_MONTHS", {
      fallback: DEFAULT_RETENTION.auditMonths,
      minimum: 0,
      maximum: MAX_MONTHS,
    }),
  };
}
