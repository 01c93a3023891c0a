/** The token in a link's fragment, as invitations and the setup link have it; undefined: none. */
export function oneTimeTokenOf(fragment: string): string | undefined {
  const token = fragment.replace(/^#/, "");
  return /^[\w-]{16,100}$/.test(token) ? token : undefined;
}
