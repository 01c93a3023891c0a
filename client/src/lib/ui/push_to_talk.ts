/** The own microphone, as talking while a key is held needs it. */
export interface HeldMicrophone {
  readonly silent: boolean;
  /** A moderator muted it. */
  readonly heldSilent: boolean;
  toggleMicrophone(): Promise<void>;
  /** Says that a moderator's mute stays. */
  stillMuted(): void;
}

/** Speaking only while a key is held. A moderator's mute stays: lifting it takes a choice. */
export class PushToTalk {
  #talking = false;

  constructor(private readonly microphone: HeldMicrophone) {}

  /** The key goes down. */
  async press(): Promise<void> {
    if (this.#talking || !this.microphone.silent) return;
    if (this.microphone.heldSilent) return this.microphone.stillMuted();
    this.#talking = true;
    await this.microphone.toggleMicrophone();
  }

  /** The key goes up, or the page can no longer tell. */
  async release(): Promise<void> {
    if (!this.#talking) return;
    this.#talking = false;
    // Whoever was muted meanwhile is silent already.
    if (!this.microphone.silent) await this.microphone.toggleMicrophone();
  }
}
