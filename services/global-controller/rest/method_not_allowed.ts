import type { ApiApp } from "./api_environment.ts";

/** Tells which methods a path answers. */
export class KnownMethods {
  readonly #app: ApiApp;
  #paths: readonly { readonly method: string; readonly pattern: RegExp }[] | undefined;

  /** @param app may get more routes until the first question. */
  constructor(app: ApiApp) {
    this.#app = app;
  }

  /** For `Allow` (RFC 9110, 10.2.1), in alphabetical order; empty for a path that is unknown. */
  of(path: string): readonly string[] {
    this.#paths ??= this.#app.routes
      // Middlewares are for all methods.
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => ({ method, pattern: patternOf(path) }));
    const methods = new Set<string>();
    for (const { method, pattern } of this.#paths) {
      if (pattern.test(path)) methods.add(method);
    }
    if (methods.size === 0) return [];
    if (methods.has("GET")) methods.add("HEAD");
    return [...methods.add("OPTIONS")].sort();
  }
}

/** The regular expression of one of Hono's paths, such as `/meetings/:meeting`. */
function patternOf(path: string): RegExp {
  const segments = path.split("/").map((segment) =>
    segment.startsWith(":") ? "[^/]+" : RegExp.escape(segment)
  );
  return new RegExp(`^${segments.join("/")}$`);
}
