import { Stack, type StackOptions } from "../stack/stack.ts";
import { makeTemporaryDirectory } from "../../db/temporary_directory.ts";

/**
 * Starts a stack whose database, secrets and ports are its own and gone after the test.
 *
 * @returns the stack, and what its services printed so far.
 */
export async function startTemporaryStack(
  options: Partial<StackOptions> = {},
): Promise<{ stack: Stack; lines: string[] } & AsyncDisposable> {
  const dataDirectory = await makeTemporaryDirectory();
  const lines: string[] = [];
  const remove = () => Deno.remove(dataDirectory, { recursive: true });
  try {
    const stack = await Stack.start({
      dataDirectory,
      onLine: (name, line) => lines.push(`${name} ${line}`),
      ...options,
    });
    return {
      stack,
      lines,
      async [Symbol.asyncDispose]() {
        await stack[Symbol.asyncDispose]();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw new Error(`the stack did not start:\n${lines.slice(-20).join("\n")}`, { cause: error });
  }
}
