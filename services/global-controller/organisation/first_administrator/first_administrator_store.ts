/** Whoever administers first, ready to be stored. */
export interface FirstAdministratorAccount {
  readonly email: string;
  readonly displayName: string;
  /** scrypt (auth/secret_hasher.ts); undefined: signs in with a verified address only. */
  readonly passwordHash: string | undefined;
  /** Undefined: the organisation keeps its name. */
  readonly organisationName: string | undefined;
}

/** Somebody who owns an organisation now. */
export interface NewOwner {
  readonly userId: string;
  readonly organisationId: string;
}

/** Knows whether anybody exists yet. */
export interface FirstAdministratorStore {
  /** The organisation that exists from the start, while no person does; then undefined. */
  vacantOrganisation(): Promise<string | undefined>;

  /**
   * Makes the first person, who owns the organisation that exists from the start, and tells its
   * webhooks `member.joined`. Of several at once one does.
   *
   * @returns undefined when somebody exists.
   */
  create(account: FirstAdministratorAccount): Promise<NewOwner | undefined>;
}
