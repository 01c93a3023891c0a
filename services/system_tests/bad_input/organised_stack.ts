import { OrganisationMeeting } from "../failure/organisation_meeting.ts";
import { Guest } from "../guest.ts";
import type { HeadlessClient } from "../headless_client.ts";
import { WatchedMeeting } from "../watched_meeting.ts";
import { type Attack, AttackedStack } from "./attacked_stack.ts";
import type { Attacker } from "./attacker.ts";

/** What an attacker does in a meeting that has hosts. */
export type OrganisedAttack = (attacker: Attacker, stage: OrganisedStack) => Promise<void>;

/**
 * Real processes with a meeting of an organisation, in which Ada is host and Bob is not. Attackers
 * come by its link, as guests, or as its backend admits them.
 */
export class OrganisedStack implements AsyncDisposable {
  private constructor(
    readonly attacked: AttackedStack,
    readonly backend: OrganisationMeeting,
  ) {}

  /** @param wishes further fields of the call that creates the meeting. */
  static async start(wishes: Record<string, unknown> = {}): Promise<OrganisedStack> {
    const made = Promise.withResolvers<OrganisationMeeting>();
    const attacked = await AttackedStack.start(async ({ url, secrets }) => {
      const backend = await OrganisationMeeting.create({ url, secrets }, wishes);
      made.resolve(backend);
      const person = (name: string, role: "host" | "participant") =>
        new Guest(url, backend.code, () => backend.admit({ name, role, reference: name }));
      return await WatchedMeeting.of(backend.code, [
        person("Ada", "host"),
        person("Bob", "participant"),
      ]);
    });
    return new OrganisedStack(attacked, await made.promise);
  }

  /** The host. */
  get ada(): HeadlessClient {
    return this.attacked.meeting.clients[0]!;
  }

  /** Somebody else who is honest. */
  get bob(): HeadlessClient {
    return this.attacked.meeting.clients[1]!;
  }

  /** `AttackedStack.endures`. */
  async endures(attack: OrganisedAttack): Promise<void> {
    const withStage: Attack = (attacker) => attack(attacker, this);
    await this.attacked.endures(withStage);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.attacked[Symbol.asyncDispose]();
  }
}
