import type { WebTransportSession } from "../../../client/core/transport/webtransport_session.ts";

/** A network between clients and servers that can go away and come back. */
export class SeverableNetwork {
  #away: PromiseWithResolvers<void> | undefined;

  /** From now on nothing gets through, either way. */
  sever(): void {
    this.#away ??= Promise.withResolvers();
  }

  /** Everything gets through again, and what was written to streams meanwhile. */
  restore(): void {
    this.#away?.resolve();
    this.#away = undefined;
  }

  /** The session as it looks over this network: datagrams get lost, streams stand still. */
  over(session: WebTransportSession): WebTransportSession {
    const incoming = session.incomingUnidirectionalStreams.pipeThrough(
      new TransformStream<ReadableStream<Uint8Array>, ReadableStream<Uint8Array>>({
        transform: (stream, controller) => controller.enqueue(this.#delayed(stream)),
      }),
    );
    const datagrams = {
      readable: session.datagrams.readable.pipeThrough(this.#lossy()),
      writable: this.#lossyWritable(session.datagrams.writable),
    };
    const createUnidirectionalStream = async () =>
      this.#delayedWritable(await session.createUnidirectionalStream());
    const createBidirectionalStream = async () => {
      await this.#away?.promise;
      const { readable, writable } = await session.createBidirectionalStream();
      return { readable: this.#delayed(readable), writable: this.#delayedWritable(writable) };
    };
    return {
      ready: Promise.resolve(this.#away?.promise).then(() => session.ready),
      closed: session.closed,
      incomingUnidirectionalStreams: incoming,
      datagrams,
      createUnidirectionalStream,
      createBidirectionalStream,
      close: (info) => session.close(info),
    };
  }

  #delayed(readable: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    return readable.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform: async (chunk, controller) => {
          await this.#away?.promise;
          controller.enqueue(chunk);
        },
      }),
    );
  }

  #delayedWritable(writable: WritableStream<Uint8Array>): WritableStream<Uint8Array> {
    const writer = writable.getWriter();
    return new WritableStream<Uint8Array>({
      start: (controller) => void writer.closed.catch((error) => controller.error(error)),
      write: async (chunk) => {
        await this.#away?.promise;
        await writer.write(chunk);
      },
      close: () => writer.close(),
      abort: (reason) => writer.abort(reason),
    });
  }

  #lossy(): TransformStream<Uint8Array, Uint8Array> {
    return new TransformStream({
      transform: (datagram, controller) => {
        if (this.#away === undefined) controller.enqueue(datagram);
      },
    });
  }

  #lossyWritable(writable: WritableStream<Uint8Array>): WritableStream<Uint8Array> {
    const writer = writable.getWriter();
    return new WritableStream<Uint8Array>({
      start: (controller) => void writer.closed.catch((error) => controller.error(error)),
      write: async (datagram) => {
        if (this.#away === undefined) await writer.write(datagram);
      },
    });
  }
}
