import { createContext } from "svelte";
import type { Messages } from "./en.ts";

/** The catalogue of the language in use, handed down from the root layout. */
export const [useMessages, provideMessages] = createContext<Messages>();
export type { Messages };
