/** One static file of the build, as the handler needs to know it without touching the disk. */
export interface Asset {
  /** Path below the build's `client` directory. */
  readonly file: string;
  /** Content-Type to answer with. */
  readonly type: string;
  /** True when the name carries a hash of the content, so that it never changes. */
  readonly immutable: boolean;
  /** Strong entity tag, quotes included. */
  readonly etag: string;
  /** Compressed siblings that exist next to the file (`file.br`, `file.gz`). */
  readonly encodings: readonly ContentEncoding[];
}

/** Content codings that the build precomputes, in the order of preference. */
export const CONTENT_ENCODINGS = ["br", "gzip"] as const;
export type ContentEncoding = typeof CONTENT_ENCODINGS[number];

/** How the name of a compressed sibling ends. */
export const ENCODING_SUFFIX: Readonly<Record<ContentEncoding, string>> = {
  br: ".br",
  gzip: ".gz",
};

/** Static files by URL path. */
export type AssetManifest = Readonly<Record<string, Asset>>;

const TEXT_TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json; charset=utf-8",
  map: "application/json; charset=utf-8",
  svg: "image/svg+xml; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  webmanifest: "application/manifest+json; charset=utf-8",
};

const BINARY_TYPES: Readonly<Record<string, string>> = {
  avif: "image/avif",
  ico: "image/x-icon",
  jpg: "image/jpeg",
  png: "image/png",
  wasm: "application/wasm",
  webp: "image/webp",
  woff2: "font/woff2",
};

/** Content-Type of a file by its extension; unknown ones are opaque bytes. */
export function contentTypeOf(file: string): string {
  const extension = file.slice(file.lastIndexOf(".") + 1).toLowerCase();
  return TEXT_TYPES[extension] ?? BINARY_TYPES[extension] ?? "application/octet-stream";
}

/**
 * The best content coding that both the request accepts and the build has.
 * @param accept value of Accept-Encoding, or null
 */
export function chooseEncoding(
  accept: string | null,
  available: readonly ContentEncoding[],
): ContentEncoding | undefined {
  if (!accept) return undefined;
  const accepted = new Set<string>();
  for (const part of accept.toLowerCase().split(",")) {
    const [coding = "", ...parameters] = part.split(";").map((piece) => piece.trim());
    const refused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
    if (!refused) accepted.add(coding);
  }
  return CONTENT_ENCODINGS.find((coding) => available.includes(coding) && accepted.has(coding));
}
