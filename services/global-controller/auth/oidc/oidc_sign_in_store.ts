import type { SignInSecrets } from "./oidc_provider.ts";

/** How long somebody may take to sign in at the provider, minutes. */
export const SIGN_IN_MINUTES = 10;

/** A sign-in at the provider that is underway. */
export interface PendingSignIn {
  readonly secrets: SignInSecrets;
  /** Where to go afterwards: a path of the pages. */
  readonly returnTo: string;
  /** The invitation that it answers. */
  readonly invitationHash: Uint8Array | undefined;
}

/** Sign-ins at the provider that are underway. */
export interface OidcSignInStore {
  /** @param browser a secret that only the browser has which began. */
  add(signIn: PendingSignIn, browser: string): Promise<void>;
  /**
   * Takes the sign-in with this state out, so that it is used once. One that another browser began
   * stays.
   */
  take(state: string, browser: string): Promise<PendingSignIn | undefined>;
}
