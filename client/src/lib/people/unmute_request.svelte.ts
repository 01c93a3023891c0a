import type { MeetingNotices } from "../../../core/meeting/meeting_actions.ts";

type Asked = Parameters<NonNullable<MeetingNotices["onUnmuteAsked"]>>[0];

/** What a moderator asks this person to turn on. */
export interface UnmuteAsked {
  readonly type: Asked["type"];
  /** Who asks; undefined when they have left meanwhile. */
  readonly name: string | undefined;
}

/** The own devices, as far as a moderator may ask for them. */
export interface AskedDevices {
  readonly silent: boolean;
  readonly visible: boolean;
  toggleMicrophone(): Promise<void>;
  toggleCamera(): Promise<void>;
}

/** A moderator's wish to hear or see this person; only they themselves can grant it. */
export class UnmuteRequest {
  #asked = $state.raw<UnmuteAsked>();

  constructor(
    private readonly devices: AskedDevices,
    private readonly nameOf: (participantId: string) => string | undefined,
  ) {}

  /** What is asked at the moment; the newest wish replaces the one before. */
  get asked(): UnmuteAsked | undefined {
    return this.#asked;
  }

  /** Takes a moderator's wish; one that is fulfilled already is not asked about. */
  receive({ participantId, type }: Asked): void {
    if (this.#fulfilled(type)) return;
    this.#asked = { type, name: this.nameOf(participantId) };
  }

  /** Turns on what is asked for. */
  async accept(): Promise<void> {
    const type = this.#asked?.type;
    this.#asked = undefined;
    if (type === undefined || this.#fulfilled(type)) return;
    await (type === "audio" ? this.devices.toggleMicrophone() : this.devices.toggleCamera());
  }

  decline(): void {
    this.#asked = undefined;
  }

  #fulfilled(type: Asked["type"]): boolean {
    return type === "audio" ? !this.devices.silent : this.devices.visible;
  }
}
