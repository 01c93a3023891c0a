import {
  ConfigurationError,
  type Environment,
  readOptionalString,
} from "../../../runtime/configuration.ts";
import { newPassword } from "../../auth/password/password_messages.ts";
import { email } from "../invitation/invitation_messages.ts";

/** Whom the operator makes the first administrator, without a setup link. */
export interface FirstAdministratorSettings {
  readonly email: string;
  /** Undefined: signs in with a verified address only (OpenID Connect). */
  readonly password: string | undefined;
}

/**
 * `DT_BOOTSTRAP_ADMIN_EMAIL` and `DT_BOOTSTRAP_ADMIN_PASSWORD`.
 *
 * @throws {ConfigurationError} whose message never holds the password.
 */
export function readFirstAdministrator(env: Environment): FirstAdministratorSettings | undefined {
  const address = readOptionalString(env, "DT_BOOTSTRAP_ADMIN_EMAIL");
  if (address === undefined) return undefined;
  if (!email.safeParse(address).success) {
    throw new ConfigurationError(`DT_BOOTSTRAP_ADMIN_EMAIL is "${address}", no address`);
  }
  const password = readOptionalString(env, "DT_BOOTSTRAP_ADMIN_PASSWORD");
  if (password !== undefined) {
    const reason = newPassword.safeParse(password).error?.issues[0]?.message;
    if (reason !== undefined) {
      throw new ConfigurationError(`DT_BOOTSTRAP_ADMIN_PASSWORD: ${reason}`);
    }
  }
  return { email: address, password };
}
