/** What came back; the body is read and dropped. */
export interface HttpAnswer {
  readonly status: number;
}

const READ_BUFFER_BYTES = 64 * 1024;
/** Longer heads are no answer of ours, bytes. */
const MAX_HEAD_BYTES = 16 * 1024;
const HEAD_END = [13, 10, 13, 10] as const;
/** The last chunk, without trailers (RFC 9112, 7.1). */
const BODY_END = [48, 13, 10, 13, 10] as const;

/**
 * One connection of HTTP/1.1 that is kept open, for a load generator: `fetch` costs several times as
 * much processor time, and the load shares the machine with what it measures.
 */
export class HttpConnection implements Disposable {
  readonly #connection: Deno.TcpConn;
  readonly #buffer = new Uint8Array(READ_BUFFER_BYTES);

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async open(hostname: string, port: number): Promise<HttpConnection> {
    const connection = await Deno.connect({ hostname, port });
    connection.setNoDelay(true);
    return new HttpConnection(connection);
  }

  /**
   * Sends a whole request, head and body, and reads the whole answer.
   *
   * @throws {Error} when the connection ends, or what comes is no answer.
   */
  async exchange(request: Uint8Array): Promise<HttpAnswer> {
    for (let sent = 0; sent < request.length;) {
      sent += await this.#connection.write(request.subarray(sent));
    }
    let received = await this.#read(0);
    let headEnd = endOf(this.#buffer, received, HEAD_END);
    while (headEnd < 0) {
      if (received >= MAX_HEAD_BYTES) throw new Error("the head of the answer does not end");
      received += await this.#read(received);
      headEnd = endOf(this.#buffer, received, HEAD_END);
    }
    const head = new TextDecoder().decode(this.#buffer.subarray(0, headEnd));
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    if (Number.isNaN(status)) throw new Error(`no answer: ${head.slice(0, 80)}`);
    const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1];
    if (length !== undefined) await this.#drop(Number(length) - (received - headEnd));
    else if (/\r\ntransfer-encoding: chunked\r\n/i.test(head)) await this.#dropChunks(received);
    else if (status !== 204) throw new Error("the answer does not say where it ends");
    return { status };
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  async #read(at: number): Promise<number> {
    const count = await this.#connection.read(this.#buffer.subarray(at));
    if (count === null) throw new Error("the connection was closed");
    return count;
  }

  async #drop(bytes: number): Promise<void> {
    for (let left = bytes; left > 0;) left -= await this.#read(0);
  }

  /** Reads until the last chunk, of which the buffer may hold the first bytes. */
  async #dropChunks(received: number): Promise<void> {
    let tail = this.#buffer.slice(Math.max(0, received - BODY_END.length), received);
    while (!endsWith(tail, BODY_END)) {
      const count = await this.#read(0);
      const joined = new Uint8Array([...tail, ...this.#buffer.subarray(0, count)]);
      tail = joined.slice(Math.max(0, joined.length - BODY_END.length));
    }
  }
}

/** The text of a request as it is sent. */
export function writeRequest(request: {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly body?: string;
}): Uint8Array {
  const { method, path, token, body = "" } = request;
  const bytes = new TextEncoder().encode(body);
  const head =
    `${method} ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\n` +
    (body === "" ? "" : "content-type: application/json\r\n") +
    (method === "GET" ? "" : `content-length: ${bytes.length}\r\n`) + "\r\n";
  const encoded = new TextEncoder().encode(head);
  const whole = new Uint8Array(encoded.length + bytes.length);
  whole.set(encoded);
  whole.set(bytes, encoded.length);
  return whole;
}

/** The index behind the first `mark` among the first `length` bytes; -1 without one. */
function endOf(bytes: Uint8Array, length: number, mark: readonly number[]): number {
  for (let start = 0; start + mark.length <= length; start++) {
    if (mark.every((byte, index) => bytes[start + index] === byte)) return start + mark.length;
  }
  return -1;
}

function endsWith(bytes: Uint8Array, mark: readonly number[]): boolean {
  const start = bytes.length - mark.length;
  return start >= 0 && mark.every((byte, index) => bytes[start + index] === byte);
}
