import { pick, type Random } from "./choice.ts";

/** Most values that are remembered under one name: the newest. */
const MAX_VALUES = 20;

/** Remembers what the API answered, so that later requests name things that exist. */
export class SeenValues {
  readonly #values = new Map<string, string[]>();

  /** Takes every text of an answer that may name something. */
  take(answer: unknown): void {
    if (Array.isArray(answer)) return answer.forEach((item) => this.take(item));
    if (answer === null || typeof answer !== "object") return;
    for (const [field, value] of Object.entries(answer)) {
      if (typeof value === "string" && value !== "") this.#add(field, value);
      else this.take(value);
    }
  }

  /**
   * A value for a field or a path's parameter: `meeting`, `meeting_id` and `meeting_code` stand for
   * each other.
   */
  valueFor(name: string, random: Random): string | undefined {
    const stem = stemOf(name);
    const names = [...this.#values.keys()].filter((field) =>
      field === name || stemOf(field) === stem
    );
    return names.length === 0 ? undefined : pick(random, this.#values.get(pick(random, names))!);
  }

  clear(): void {
    this.#values.clear();
  }

  #add(field: string, value: string): void {
    const values = this.#values.get(field) ?? [];
    this.#values.set(field, values);
    values.push(value);
    if (values.length > MAX_VALUES) values.shift();
  }
}

function stemOf(name: string): string {
  if (name === "next_cursor") return "cursor";
  return name.replace(/_(id|code|slug)$/, "");
}
