import parser from "@typescript-eslint/parser";
import svelte from "eslint-plugin-svelte";

// TypeScript files are linted by `deno lint`; this is for what it cannot read.
export default [
  { ignores: ["build/", ".svelte-kit/", "node_modules/", "**/*.ts", "**/*.js"] },
  ...svelte.configs.recommended,
  {
    files: ["**/*.svelte"],
    languageOptions: { parserOptions: { parser } },
    rules: {
      "svelte/block-lang": ["error", { script: "ts" }],
      "svelte/button-has-type": "error",
      "svelte/no-add-event-listener": "error",
      "svelte/no-target-blank": "error",
      "svelte/require-each-key": "error",
      "svelte/valid-each-key": "error",
    },
  },
];
