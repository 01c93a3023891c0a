import type { Page, pageOf } from "../../rest/cursor.ts";

/** How long a login session lasts without being used, days. */
export const SESSION_IDLE_DAYS = 30;
/** How long it lasts at most, days. */
export const SESSION_LIFETIME_DAYS = 90;
/** How long a refresh token works after it was replaced, seconds: two tabs may send it at once. */
export const REFRESH_GRACE_S = 10;
/** Login sessions of one person; a further one ends the longest unused. */
export const MAX_SESSIONS_PER_USER = 50;
/** Longest description of a browser that is kept, characters. */
export const MAX_USER_AGENT_LENGTH = 300;

/** A browser in which a person signed in. */
export interface LoginSession {
  readonly sessionId: string;
  readonly userId: string;
  readonly createdAt: Date;
  /** When its refresh token was used last. */
  readonly usedAt: Date;
  readonly expiresAt: Date;
  /** What the browser called itself. */
  readonly userAgent: string;
}

/** A login session and the refresh token that it goes on with. */
export interface RefreshableSession {
  readonly session: LoginSession;
  readonly refreshToken: string;
}

/** What came of a refresh token. */
export type RefreshResult =
  | { readonly outcome: "rotated" } & RefreshableSession
  /** It was replaced a moment ago, and the browser has the next one. */
  | { readonly outcome: "replaced"; readonly session: LoginSession }
  /** It was replaced long ago: somebody copied it. The session ended. */
  | { readonly outcome: "reused"; readonly session: LoginSession }
  | { readonly outcome: "refused" };

/** The browsers in which people signed in. */
export interface LoginSessionStore {
  start(userId: string, userAgent: string): Promise<RefreshableSession>;
  /** Uses a refresh token up. Of several uses at once one rotates. */
  refresh(refreshToken: string): Promise<RefreshResult>;
  /** Ends the session of any of its refresh tokens; undefined when none lives. */
  end(refreshToken: string): Promise<LoginSession | undefined>;
  /** A person's living sessions, the newest first. */
  list(userId: string, page: Page): Promise<ReturnType<typeof pageOf<LoginSession>>>;
  /** Ends one of the person's sessions; false when none of this id lives. */
  revoke(userId: string, sessionId: string): Promise<boolean>;
}
