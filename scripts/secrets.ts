/** `deno task secrets`: fresh secrets for a deployment, as environment variables. */
import { createSecrets } from "../services/stack/secrets.ts";

const { serviceSecret, signingKey, clientId, clientSecret } = await createSecrets();
console.log(`DT_SERVICE_SECRET=${serviceSecret}
DT_SIGNING_KEY='${signingKey}'
DT_BOOTSTRAP_CLIENT_ID=${clientId}
DT_BOOTSTRAP_CLIENT_SECRET=${clientSecret}`);
