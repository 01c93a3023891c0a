/** Resolves after so many milliseconds of the machine's time: what is measured takes it. */
export async function pause(durationMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, durationMs));
}
