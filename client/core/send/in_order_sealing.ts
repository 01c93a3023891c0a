/** Most frames being encrypted at the same time in one layer; more are dropped. */
export const MAX_FRAMES_BEING_SEALED = 16;

/**
 * Hands on encrypted frames in the order in which their encryption began, while the encryptions
 * themselves overlap.
 */
export class InOrderSealing {
  #beingSealed = 0;
  #tail: Promise<unknown> = Promise.resolve();

  /** True while as many are being encrypted as may be. */
  get full(): boolean {
    return this.#beingSealed >= MAX_FRAMES_BEING_SEALED;
  }

  /**
   * `use` of the frame once its turn comes; false when the encryption failed, which `onError` hears
   * of. Never rejects.
   */
  add(
    sealing: Promise<Uint8Array>,
    use: (bytes: Uint8Array) => boolean,
    onError: (error: unknown) => void,
  ): Promise<boolean> {
    this.#beingSealed++;
    // Handled below, but only after the frames before it.
    sealing.catch(() => undefined);
    const used = this.#tail.then(async () => {
      try {
        return use(await sealing);
      } catch (error) {
        onError(error);
        return false;
      } finally {
        this.#beingSealed--;
      }
    });
    this.#tail = used;
    return used;
  }
}
