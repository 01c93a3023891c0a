import type { ApiEnvironment } from "../rest/api_environment.ts";
import type { CallerPlace } from "./region_choice.ts";

/** What a request itself tells of where its caller is. */
export function callerPlace(
  { clientAddress, regionHint }: ApiEnvironment["Bindings"],
): CallerPlace {
  return { address: clientAddress, ...(regionHint === undefined ? {} : { proxyHint: regionHint }) };
}
