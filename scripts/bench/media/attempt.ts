import { failedFigure, type Figure } from "../figure.ts";
import type { Progress } from "../suite.ts";

/**
 * The figures that `measure` comes to; when it fails, one that says so under `name`, so that the rest
 * is still measured and the failure is seen.
 */
export async function attempt(
  name: string,
  progress: Progress,
  measure: () => Promise<Figure[]>,
): Promise<Figure[]> {
  progress(name);
  try {
    return await measure();
  } catch (error) {
    const failed = failedFigure(name, error);
    progress(`${name}: ${failed.conditions}`);
    return [failed];
  }
}
