/** How long the database may take to answer a health check, milliseconds. */
const CHECK_DEADLINE_MS = 800;
/** Health checks within this time share one answer, milliseconds: they are not rate limited. */
const CHECK_LIFETIME_MS = 1_000;

/** Whether this process can do its work. */
export class HealthCheck {
  readonly #ping: () => Promise<unknown>;
  readonly #now: () => number;
  #answer: Promise<boolean> | undefined;
  #askedAtMs = 0;

  /** @param ping asks the database something small. */
  constructor(ping: () => Promise<unknown>, now: () => number = () => performance.now()) {
    this.#ping = ping;
    this.#now = now;
  }

  /** Whether the database answers; never rejects and never takes long. */
  databaseAnswers(): Promise<boolean> {
    const now = this.#now();
    if (this.#answer === undefined || now - this.#askedAtMs >= CHECK_LIFETIME_MS) {
      this.#askedAtMs = now;
      this.#answer = this.#ask();
    }
    return this.#answer;
  }

  async #ask(): Promise<boolean> {
    const deadline = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => deadline.resolve(false), CHECK_DEADLINE_MS);
    try {
      return await Promise.race([this.#ping().then(() => true), deadline.promise]);
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}
