/**
 * A request that changes a resource only while it is as the caller read it (RFC 9110, 13.1.1).
 *
 * @param etag of the answer that was read; null: any version.
 */
export function ifMatch<Request extends object>(request: Request, etag: string | null): Request {
  return etag === null ? request : { ...request, headers: { "If-Match": etag } };
}
