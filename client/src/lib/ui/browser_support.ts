/** What a browser has to have to take part in a meeting. */
export type RequiredFeature = "secureContext" | "webTransport" | "webCodecs" | "isolation";

/** The part of the page's global scope that is asked. */
export interface BrowserScope {
  readonly isSecureContext?: boolean;
  readonly crossOriginIsolated?: boolean;
  readonly WebTransport?: unknown;
  readonly VideoEncoder?: unknown;
  readonly VideoDecoder?: unknown;
  readonly AudioEncoder?: unknown;
  readonly AudioDecoder?: unknown;
}

/** The required features that this browser lacks; empty if it can take part. */
export function missingFeatures(scope: BrowserScope): RequiredFeature[] {
  // Without a secure context all the others are hidden too: naming them would mislead.
  if (!scope.isSecureContext) return ["secureContext"];
  const missing: RequiredFeature[] = [];
  if (scope.WebTransport === undefined) missing.push("webTransport");
  const codecs = [
    scope.VideoEncoder,
    scope.VideoDecoder,
    scope.AudioEncoder,
    scope.AudioDecoder,
  ];
  if (codecs.includes(undefined)) missing.push("webCodecs");
  if (!scope.crossOriginIsolated) missing.push("isolation");
  return missing;
}
