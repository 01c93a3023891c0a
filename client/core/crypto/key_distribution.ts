import { EncryptionError } from "./encryption_error.ts";
import type { CounterLease } from "./frame_encryptor.ts";
import type { RecipientKey } from "./key_wrap.ts";
import type { Scheduler } from "./scheduler.ts";
import { MAX_RATCHET_STEP, SenderKey } from "./sender_key.ts";
import { SendingKey } from "./sending_key.ts";

/** Joins within this time of the last ratchet step share the next one, milliseconds. */
export const JOIN_BATCH_MS = 250;
/** Leaves within this time share one new generation, milliseconds. */
export const LEAVE_DEBOUNCE_MS = 500;
/** A new generation is used after this time even if not all acknowledged it, milliseconds. */
export const GENERATION_DEADLINE_MS = 1000;
/** Longest life of a generation, milliseconds. */
export const GENERATION_LIFETIME_MS = 5 * 60_000;
/**
 * A generation that has taken so many steps is replaced: a receiver that heard nothing meanwhile can
 * still follow so far, and joins in the meantime have room for as many again.
 */
export const STEPS_BEFORE_NEW_GENERATION = 8;
/** A member gets keys again on request at most once in this time, milliseconds. */
export const RESEND_INTERVAL_MS = 1000;
/** Most recipients of one delivery, so that it fits a signaling message many times. */
export const MAX_RECIPIENTS_PER_DELIVERY = 32;

/** What the distribution of the own sender key stands on. */
export interface KeyDistributionOptions {
  readonly participantId: string;
  /** Wraps `senderKey` for one recipient and queues nothing. */
  readonly wrap: (
    senderKey: SenderKey,
    sequence: number,
    recipientId: string,
    recipientKey: RecipientKey,
  ) => Promise<Uint8Array>;
  readonly deliver: (messages: { recipientId: string; message: Uint8Array }[]) => void;
  readonly onRatchet: () => void;
  readonly onGenerationInUse: () => void;
  readonly onRecipientRefused: (recipientId: string, error: Error) => void;
  readonly now: () => number;
  readonly scheduler: Scheduler;
}

interface Recipient {
  key: Promise<RecipientKey>;
  /** Joined after frames were sent under the key in use: it gets the one after it. */
  awaitsRatchet: boolean;
  holdsCurrent: boolean;
  holdsPending: boolean;
  /** Settles when what was queued for it is delivered: sequence numbers arrive in their order. */
  outbox: Promise<void>;
  resentAtMs: number;
}

/** A generation that recipients are being told, and that nothing is encrypted under yet. */
interface PendingGeneration {
  readonly key: SendingKey;
  readonly unacknowledged: Set<string>;
  readonly deadline: Disposable;
}

/**
 * The own sender key and who gets it: one ratchet step for joiners, a new generation for leavers and
 * every five minutes. All state changes happen without waiting in between, except for the derivation
 * of a ratchet step, which is checked against what changed meanwhile.
 */
export class KeyDistribution implements Disposable {
  readonly #options: KeyDistributionOptions;
  readonly #recipients = new Map<string, Recipient>();
  #current: SendingKey;
  #pending: PendingGeneration | undefined;
  #sequence = 0;
  #ratcheting = false;
  #closed = false;
  #joinWindow: Disposable | undefined;
  #leaveDebounce: Disposable | undefined;
  /** Resolves when another key is used, or somebody is gone. */
  #changed = Promise.withResolvers<void>();
  #rotation: Disposable | undefined;

  constructor(options: KeyDistributionOptions) {
    this.#options = options;
    this.#current = new SendingKey(SenderKey.generate(options.participantId, 0));
    this.#scheduleRotation();
  }

  /** The next counter of the key in use, for one track. */
  lease(streamId: string, spatialLayer: number): CounterLease {
    if (this.#closed) throw new EncryptionError("closed");
    return this.#current.lease(streamId, spatialLayer);
  }

  /**
   * Resolves when all members may read what is encrypted from now on: who has just joined gets the
   * key after the one in use.
   */
  async readableByAll(): Promise<void> {
    while (!this.#closed && this.#joiners().length > 0) await this.#changed.promise;
  }

  /** The next counter of the key in use, for something said. */
  leaseMessage(): CounterLease {
    if (this.#closed) throw new EncryptionError("closed");
    return this.#current.leaseMessage();
  }

  /** The delivery key of a member that has one. */
  recipientKey(recipientId: string): Promise<RecipientKey> | undefined {
    return this.#recipients.get(recipientId)?.key;
  }

  /** Adds members that may read everything from the key in use on. */
  addPresent(members: readonly (readonly [string, Promise<RecipientKey>])[]): void {
    this.#add(members, false);
    this.#send(members.map(([id]) => id));
  }

  /** Adds members that must not read what was sent before. */
  addJoined(members: readonly (readonly [string, Promise<RecipientKey>])[]): void {
    this.#add(members, true);
    if (members.length > 0 && this.#joinWindow === undefined) this.#openJoinWindow();
  }

  has(recipientId: string): boolean {
    return this.#recipients.has(recipientId);
  }

  /** Wraps for another delivery key from now on. */
  replaceKey(recipientId: string, key: Promise<RecipientKey>): void {
    const recipient = this.#recipients.get(recipientId);
    if (recipient !== undefined) recipient.key = handled(key);
  }

  /** Takes the keys of the future from a member. */
  remove(recipientId: string): void {
    if (!this.#recipients.delete(recipientId)) return;
    this.#tellChange();
    this.#acknowledgedBy(recipientId);
    this.#leaveDebounce ??= this.#options.scheduler.after(LEAVE_DEBOUNCE_MS, () => {
      this.#leaveDebounce = undefined;
      this.#startGeneration();
    });
  }

  /** A recipient has a key. */
  acknowledge(recipientId: string, generation: number): void {
    if (this.#pending?.key.senderKey.generation === generation) this.#acknowledgedBy(recipientId);
  }

  /** A recipient asks for what it should have; asked too often, it gets nothing. */
  resend(recipientId: string): void {
    const recipient = this.#recipients.get(recipientId);
    const nowMs = this.#options.now();
    if (recipient === undefined || nowMs - recipient.resentAtMs < RESEND_INTERVAL_MS) return;
    recipient.resentAtMs = nowMs;
    recipient.holdsCurrent = false;
    recipient.holdsPending = false;
    this.#send([recipientId]);
  }

  /** Hands everyone again what they should have: some may have dropped it meanwhile. */
  resendAll(): void {
    for (const recipient of this.#recipients.values()) {
      recipient.holdsCurrent = false;
      recipient.holdsPending = false;
    }
    this.#send([...this.#recipients.keys()]);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#joinWindow?.[Symbol.dispose]();
    this.#leaveDebounce?.[Symbol.dispose]();
    this.#rotation?.[Symbol.dispose]();
    this.#pending?.deadline[Symbol.dispose]();
    this.#pending?.key.senderKey.destroy();
    this.#current.senderKey.destroy();
    this.#recipients.clear();
    this.#tellChange();
  }

  #add(
    members: readonly (readonly [string, Promise<RecipientKey>])[],
    awaitsRatchet: boolean,
  ): void {
    for (const [id, key] of members) {
      this.#recipients.set(id, {
        key: handled(key),
        awaitsRatchet,
        holdsCurrent: false,
        holdsPending: false,
        outbox: Promise.resolve(),
        resentAtMs: -Infinity,
      });
    }
  }

  #openJoinWindow(): void {
    this.#joinWindow = this.#options.scheduler.after(JOIN_BATCH_MS, () => {
      this.#joinWindow = undefined;
      if (this.#joiners().length > 0) this.#openJoinWindow();
    });
    // Fails only when the platform's HKDF does; the joiners then ask for the key.
    this.#ratchet().catch(() => undefined);
  }

  #joiners(): string[] {
    return [...this.#recipients].filter(([, { awaitsRatchet }]) => awaitsRatchet).map(([id]) => id);
  }

  async #ratchet(): Promise<void> {
    if (this.#ratcheting) return;
    this.#ratcheting = true;
    try {
      while (!this.#closed && this.#joiners().length > 0) {
        const { senderKey } = this.#current;
        if (senderKey.step >= MAX_RATCHET_STEP) return this.#admitByGeneration();
        const next = await senderKey.ratchet();
        if (senderKey === this.#current.senderKey && !this.#closed) return this.#useStep(next);
        next.destroy();
      }
    } finally {
      this.#ratcheting = false;
    }
  }

  #useStep(next: SenderKey): void {
    this.#current.senderKey.destroy();
    this.#current = new SendingKey(next);
    const joiners = this.#joiners();
    for (const id of joiners) this.#recipients.get(id)!.awaitsRatchet = false;
    this.#tellChange();
    this.#options.onRatchet();
    this.#send(joiners);
    if (next.step >= STEPS_BEFORE_NEW_GENERATION && this.#pending === undefined) {
      this.#startGeneration();
    }
  }

  /** No step is left: joiners wait for the next generation, of which nothing was sent yet. */
  #admitByGeneration(): void {
    if (this.#pending === undefined) this.#startGeneration();
    else this.#send(this.#joiners());
  }

  #startGeneration(): void {
    // One generation waits at most; its own leavers are shut out by the one that follows.
    if (this.#pending !== undefined) this.#usePending(this.#pending);
    const { generation } = this.#current.senderKey;
    const pending = {
      key: new SendingKey(SenderKey.generate(this.#options.participantId, generation + 1)),
      unacknowledged: new Set(this.#recipients.keys()),
      deadline: this.#options.scheduler.after(
        GENERATION_DEADLINE_MS,
        () => this.#usePending(pending),
      ),
    };
    this.#pending = pending;
    this.#scheduleRotation();
    if (pending.unacknowledged.size === 0) this.#usePending(pending);
    else this.#send([...this.#recipients.keys()]);
  }

  #acknowledgedBy(recipientId: string): void {
    if (this.#pending === undefined) return;
    this.#pending.unacknowledged.delete(recipientId);
    if (this.#pending.unacknowledged.size === 0) this.#usePending(this.#pending);
  }

  #usePending(pending: PendingGeneration): void {
    pending.deadline[Symbol.dispose]();
    this.#pending = undefined;
    this.#current.senderKey.destroy();
    this.#current = pending.key;
    const joiners = this.#joiners();
    for (const recipient of this.#recipients.values()) {
      recipient.holdsCurrent = recipient.holdsPending;
      recipient.holdsPending = false;
      recipient.awaitsRatchet = false;
    }
    this.#tellChange();
    if (joiners.length > 0) this.#options.onRatchet();
    this.#options.onGenerationInUse();
    this.#send([...this.#recipients].filter(([, held]) => !held.holdsCurrent).map(([id]) => id));
  }

  #tellChange(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  #scheduleRotation(): void {
    this.#rotation?.[Symbol.dispose]();
    this.#rotation = this.#options.scheduler.after(
      GENERATION_LIFETIME_MS,
      () => this.#startGeneration(),
    );
  }

  /** Brings recipients up to date, each after what is already on its way to it. */
  #send(recipientIds: readonly string[]): void {
    for (let start = 0; start < recipientIds.length; start += MAX_RECIPIENTS_PER_DELIVERY) {
      const part = recipientIds.slice(start, start + MAX_RECIPIENTS_PER_DELIVERY)
        .flatMap((id) => this.#recipients.get(id) ?? []);
      const ids = recipientIds.slice(start, start + MAX_RECIPIENTS_PER_DELIVERY);
      const delivered = Promise.all(part.map(({ outbox }) => outbox))
        .then(() => this.#wrapAndDeliver(ids))
        .catch(() => undefined); // Whoever misses its key by this asks for it.
      for (const recipient of part) recipient.outbox = delivered;
    }
  }

  async #wrapAndDeliver(recipientIds: readonly string[]): Promise<void> {
    const messages = (await Promise.all(recipientIds.map((id) => this.#wrapMissing(id)))).flat();
    const wanted = messages.filter(({ recipient, recipientId }) =>
      this.#recipients.get(recipientId) === recipient
    );
    if (wanted.length === 0 || this.#closed) return;
    this.#options.deliver(wanted.map(({ recipientId, message }) => ({ recipientId, message })));
  }

  /** Wraps the keys that a recipient should have by now and does not. */
  async #wrapMissing(recipientId: string) {
    const recipient = this.#recipients.get(recipientId);
    if (recipient === undefined) return [];
    try {
      const key = await recipient.key;
      const missing: SenderKey[] = [];
      if (!recipient.holdsCurrent && !recipient.awaitsRatchet) {
        missing.push(this.#current.senderKey);
        recipient.holdsCurrent = true;
      }
      if (!recipient.holdsPending && this.#pending !== undefined) {
        missing.push(this.#pending.key.senderKey);
        recipient.holdsPending = true;
      }
      if (this.#closed) return [];
      return await Promise.all(missing.map(async (senderKey) => {
        const sequence = ++this.#sequence;
        const message = await this.#options.wrap(senderKey, sequence, recipientId, key);
        return { recipient, recipientId, message };
      }));
    } catch (error) {
      this.#options.onRecipientRefused(recipientId, error as Error);
      return [];
    }
  }
}

/** Marks a promise as one whose rejection is dealt with where it is used. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
