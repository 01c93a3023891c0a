import { goto } from "$app/navigation";

/** How a page that leads on shows the next one. */
export interface LeadOptions {
  /** Whether "back" leads past the page that is shown now. */
  readonly replace?: boolean;
  /** Whether the focus stays where it is, as in a list of tabs. */
  readonly keepsFocus?: boolean;
}

/** Shows the page at a path of our own that only the run knows, such as the one to return to. */
export async function leadTo(
  path: string,
  { replace = true, keepsFocus = false }: LeadOptions = {},
): Promise<void> {
  await goto(path, { replace, reset: !keepsFocus });
}
