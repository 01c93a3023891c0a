import { loadMeetingPage } from "#lib/ui/meeting_page.server.ts";
import type { PageServerLoad } from "./$types";

/** Puts into the page all that joining needs. */
export const load: PageServerLoad = (event) => loadMeetingPage(event, (code) => `/measure/${code}`);
