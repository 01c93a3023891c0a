import type { Database } from "../../db/connection.ts";
import type { ReadRouting } from "../../db/read_routing.ts";
import { AttendanceService } from "./attendance/attendance_service.ts";
import { addAttendanceRoutes } from "./attendance/attendance_routes.ts";
import type { AttendanceStore } from "./attendance/attendance_store.ts";
import { PostgresAttendanceStore } from "./attendance/postgres_attendance_store.ts";
import type { AuditLog } from "./audit/audit_log.ts";
import type { SecretHasher } from "./auth/secret_hasher.ts";
import { Expulsion } from "./grant/expulsion.ts";
import { addGuestLinkRoutes } from "./grant/guest_link_routes.ts";
import { GuestLinkService } from "./grant/guest_link_service.ts";
import type { JoinTokenIssuer } from "./grant/join_token_issuer.ts";
import { addJoinTokenRoutes } from "./grant/join_token_routes.ts";
import { JoinTokenService } from "./grant/join_token_service.ts";
import type { JoinTokenStore } from "./grant/join_token_store.ts";
import { PostgresGuestLinkStore } from "./grant/postgres_guest_link_store.ts";
import { addJoinRoutes } from "./meeting/join/join_routes.ts";
import { PostgresBanStore } from "./meeting/ban/postgres_ban_store.ts";
import { BanService } from "./meeting/ban/ban_service.ts";
import { addBanRoutes } from "./meeting/ban/ban_routes.ts";
import { JoinOrigins } from "./meeting/join/join_origins.ts";
import { JoinRules } from "./meeting/join/join_rules.ts";
import { JoinService } from "./meeting/join/join_service.ts";
import type { MeetingPropagation } from "./meeting/meeting_propagation.ts";
import type { MeetingStore } from "./meeting/meeting_store.ts";
import { PasscodeCheck } from "./meeting/join/passcode_check.ts";
import { WrongTries } from "./meeting/join/wrong_tries.ts";
import type { MeetingControllerClient } from "./region/meeting_controller_client.ts";
import type { MeetingPlacement } from "./region/meeting_placement.ts";
import type { RouteGroup } from "./rest/api_environment.ts";
import type { EventPublisher } from "./webhook/event_publisher.ts";

/** What the routes of joining, of who is in a meeting, and of putting people out stand on. */
export interface JoiningParts {
  readonly sql: Database;
  /** Where lists are read. */
  readonly reads: ReadRouting;
  readonly meetings: MeetingStore;
  readonly placement: MeetingPlacement;
  readonly controllers: MeetingControllerClient;
  readonly tokens: { readonly issuer: JoinTokenIssuer; readonly store: JoinTokenStore };
  readonly hasher: SecretHasher;
  readonly audit: AuditLog;
  readonly events: EventPublisher;
  readonly origins: JoinOrigins;
  readonly propagation: MeetingPropagation;
  /** The link that people open to join a meeting. */
  readonly meetingUrl: (code: string) => string;
}

/** How people get into meetings, who was there, and how they are put out. */
export function joiningRoutes(parts: JoiningParts): RouteGroup[] {
  const { sql, reads, meetings, placement, controllers, audit, events, origins } = parts;
  const { issuer, store } = parts.tokens;
  const attendance = new PostgresAttendanceStore(sql);
  const history: AttendanceStore = {
    listSessions: (...query) =>
      reads.read((from) => new PostgresAttendanceStore(from).listSessions(...query)),
    listAttendees: (...query) =>
      reads.read((from) => new PostgresAttendanceStore(from).listAttendees(...query)),
    findSession: (...ids) => attendance.findSession(...ids),
    findAttendee: (...ids) => attendance.findAttendee(...ids),
    controllersOf: (...ids) => attendance.controllersOf(...ids),
  };
  const bans = new PostgresBanStore(sql);
  const rules = new JoinRules({
    bans,
    passcodes: new PasscodeCheck({ hasher: parts.hasher }),
    wrongTries: new WrongTries(),
  });
  const joining = new JoinService({ meetings, placement, tokens: issuer, rules, origins });
  const tokens = new JoinTokenService({
    meetings,
    placement,
    issuer,
    store,
    bans,
    expulsion: new Expulsion({ attendance, tokens: store, controllers }),
  });
  const links = new GuestLinkService({
    meetings,
    links: new PostgresGuestLinkStore(sql),
    meetingUrl: parts.meetingUrl,
  });
  return [
    (app) => addJoinRoutes(app, joining),
    (app) => addJoinTokenRoutes(app, { tokens, audit, events }),
    (app) =>
      addBanRoutes(app, {
        bans: new BanService({ meetings, bans, propagation: parts.propagation }),
        audit,
      }),
    (app) => addGuestLinkRoutes(app, { links, audit }),
    (app) => addAttendanceRoutes(app, new AttendanceService({ meetings, attendance: history })),
  ];
}
