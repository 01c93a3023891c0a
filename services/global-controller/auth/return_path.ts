/** Longest path to return to, characters. */
export const MAX_RETURN_PATH_LENGTH = 512;

/**
 * Where `path` leads on our own pages; undefined when it leads anywhere else. The whole URL, since
 * a path such as `/.//other.example` would become one of another host when it is written alone.
 */
export function returnUrl(path: string, publicUrl: string): string | undefined {
  if (!path.startsWith("/") || path.length > MAX_RETURN_PATH_LENGTH) return undefined;
  const url = URL.parse(path, publicUrl);
  return url?.origin === new URL(publicUrl).origin ? url.href : undefined;
}
