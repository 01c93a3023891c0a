/**
 * The headers that make a page cross-origin isolated, which shared memory between the audio
 * worklet and the media worker needs (HTML standard, "cross-origin isolated"). A worker's script
 * has to carry them as its page does.
 */
export const ISOLATION_HEADERS: Readonly<Record<string, string>> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};
