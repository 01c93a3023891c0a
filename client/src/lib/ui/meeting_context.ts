import { createContext } from "svelte";
import type { MeetingSession } from "./meeting_session.svelte.ts";

/** The session of the meeting whose page this is. */
export const [useMeeting, provideMeeting] = createContext<MeetingSession>();
