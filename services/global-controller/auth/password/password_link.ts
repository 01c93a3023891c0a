/** How long a link to choose another password is good, hours. */
export const PASSWORD_LINK_LIFETIME_H = 24;

/** A link that has just been made; the token is known this once. */
export interface NewPasswordLink {
  readonly userId: string;
  readonly token: string;
  readonly expiresAt: Date;
}

/** The link for whoever forgot the password; its secret stays out of requests and of their logs. */
export function passwordLinkUrl(publicUrl: string, token: string): string {
  return `${publicUrl}/reset-password#${token}`;
}
