import { type JoinGrant, parseJoinGrant } from "../../../client/core/meeting/grant.ts";

/** Who somebody is whom a backend admits. */
export interface AdmittedPerson {
  readonly name: string;
  readonly role: "host" | "participant";
  /** What the backend calls the person: by this a ban knows who comes again. */
  readonly reference: string;
}

/** The secrets of an API client, and where its API is. */
export interface ApiAccess {
  /** Origin of the global controller. */
  readonly url: string;
  readonly secrets: { readonly clientId: string; readonly clientSecret: string };
}

/**
 * A meeting of an organisation, whose backend admits the people: what moderators do there is
 * audited, unlike in meetings of guests.
 */
export class OrganisationMeeting {
  private constructor(
    private readonly access: ApiAccess,
    readonly code: string,
    private accessToken: string,
  ) {}

  /** @param wishes further fields of the call, such as its region. */
  static async create(
    access: ApiAccess,
    wishes: Record<string, unknown> = {},
  ): Promise<OrganisationMeeting> {
    const accessToken = await authenticate(access);
    const { status, body } = await post(access, "/meetings", accessToken, {
      display_name: "Weekly",
      ...wishes,
    });
    if (status !== 201) throw new Error(`create answered ${status}: ${JSON.stringify(body)}`);
    return new OrganisationMeeting(access, String(body.meeting_code), accessToken);
  }

  /**
   * The right of one person to join once.
   *
   * @throws {Error} with the status and the answer when it is refused.
   */
  async admit(person: AdmittedPerson, signal?: AbortSignal): Promise<JoinGrant> {
    const wishes = {
      participant_name: person.name,
      role: person.role,
      user_reference: person.reference,
    };
    const ask = () =>
      post(this.access, `/meetings/${this.code}/tokens`, this.accessToken, wishes, signal);
    let answer = await ask();
    if (answer.status === 401) {
      this.accessToken = await authenticate(this.access);
      answer = await ask();
    }
    const { status, body } = answer;
    if (status !== 201) throw new Error(`tokens answered ${status}: ${JSON.stringify(body)}`);
    return parseJoinGrant(body);
  }
}

async function authenticate(access: ApiAccess): Promise<string> {
  const { clientId, clientSecret } = access.secrets;
  const { status, body } = await post(access, "/auth/token", undefined, {
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
  });
  if (status !== 200) throw new Error(`token answered ${status}: ${JSON.stringify(body)}`);
  return String(body.access_token);
}

async function post(
  { url }: ApiAccess,
  path: string,
  accessToken: string | undefined,
  body: unknown,
  signal?: AbortSignal,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  });
  return { status: response.status, body: await response.json() };
}
