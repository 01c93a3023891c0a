/** The part of the Network Information API that is used; not every browser has it. */
interface NetworkNavigator {
  readonly connection?: EventTarget;
}

/** What of the page's globals is used. */
export interface NetworkScope extends EventTarget {
  readonly navigator: object;
}

/** Tells when the machine comes to another network, or back to one, until it is disposed of. */
export function watchNetwork(
  onChange: () => void,
  scope: NetworkScope = globalThis as unknown as NetworkScope,
): Disposable {
  const watching = new AbortController();
  const { connection } = scope.navigator as NetworkNavigator;
  const { signal } = watching;
  scope.addEventListener("online", onChange, { signal });
  connection?.addEventListener("change", onChange, { signal });
  return { [Symbol.dispose]: () => watching.abort() };
}
