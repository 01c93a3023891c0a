import { createContext } from "svelte";
import type { AccountSession } from "./account_session.svelte.ts";

/** The login session of whoever is in front of this page, handed down from the root layout. */
export const [useAccount, provideAccount] = createContext<AccountSession>();
