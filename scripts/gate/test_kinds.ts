/**
 * Unit tests need nothing but this process: no store, no child process, no browser. Everything else
 * is a contract test (`x_contract_test.ts`: a store, or an API over its stores) or a system test
 * (below `services/system_tests`).
 */
export function isUnitTest(path: string): boolean {
  return !isContractTest(path) && !isSystemTest(path);
}

/** True for a test against the real PostgreSQL or Redis. */
export function isContractTest(path: string): boolean {
  return path.endsWith("_contract_test.ts");
}

/** True for a test with real processes, and for one with a real browser. */
export function isSystemTest(path: string): boolean {
  return path.startsWith("services/system_tests/");
}
