import { HashingOverloadedError, type SecretHasher } from "../auth/secret_hasher.ts";
import { unavailable } from "../rest/api_error.ts";

/**
 * The hash of a passcode; null and undefined stay.
 *
 * @throws {ApiError} SERVICE_UNAVAILABLE when this process hashes as much as it can.
 */
export async function hashPasscode(
  hasher: SecretHasher,
  passcode: string | null | undefined,
): Promise<string | null | undefined> {
  if (typeof passcode !== "string") return passcode;
  try {
    return await hasher.hash(passcode);
  } catch (error) {
    if (error instanceof HashingOverloadedError) throw unavailable("too many passcodes to hash");
    throw error;
  }
}
