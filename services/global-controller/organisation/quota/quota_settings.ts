import { type Environment, readInteger } from "../../../runtime/configuration.ts";
import { DEFAULT_QUOTAS, MAX_QUOTA, type Quotas } from "./quota.ts";

/**
 * What an organisation may have without numbers of its own: `DT_MAX_MEMBERS`,
 * `DT_MAX_OPEN_MEETINGS` and `DT_MAX_PARTICIPANTS`.
 *
 * @throws {ConfigurationError}
 */
export function readQuotas(env: Environment): Quotas {
  const read = (name: string, fallback: number) =>
    readInteger(env, name, { fallback, minimum: 1, maximum: MAX_QUOTA });
  return {
    maxMembers: read("DT_MAX_MEMBERS", DEFAULT_QUOTAS.maxMembers),
    maxOpenMeetings: read("DT_MAX_OPEN_MEETINGS", DEFAULT_QUOTAS.maxOpenMeetings),
    maxParticipants: read("DT_MAX_PARTICIPANTS", DEFAULT_QUOTAS.maxParticipants),
  };
}
