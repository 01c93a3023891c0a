/** What a participant may send or do; the claim `grants` of a join token lists them. */
export const GRANTS = ["camera", "microphone", "screen", "chat", "moderate"] as const;
export type Grant = typeof GRANTS[number];

/** These grants in their usual order, each once. */
export function orderGrants(grants: readonly Grant[]): readonly Grant[] {
  return GRANTS.filter((grant) => grants.includes(grant));
}
