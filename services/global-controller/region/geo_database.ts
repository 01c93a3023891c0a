import { Buffer } from "node:buffer";
import { type CityResponse, Reader } from "mmdb-lib";
import type { Logger } from "../../runtime/log.ts";
import { isLocation, type Location } from "./great_circle.ts";

/** Largest database that is read, bytes. */
const MAX_DATABASE_BYTES = 512 * 1_024 * 1_024;
/** How long loading may take, milliseconds. */
const LOAD_TIMEOUT_MS = 60_000;
/** When a database that could not be loaded is tried again, milliseconds. */
const RETRY_AFTER_MS = 60_000;

/** Where an address is, as far as a database knows. */
export interface GeoPlace {
  readonly location?: Location;
  /** ISO 3166-1, two letters. */
  readonly country?: string;
}

/** Tells where addresses are. */
export interface GeoLookup {
  /** Answers at once; undefined when nothing is known. */
  locate(address: string): GeoPlace | undefined;
}

/**
 * An operator's geographic database in MaxMind's format (https://maxmind.github.io/MaxMind-DB/),
 * read whole and once. Until it is there, and when it cannot be had, nothing is known of any
 * address and nobody waits.
 */
export class GeoDatabase implements GeoLookup {
  readonly #source: URL;
  readonly #log: Logger;
  readonly #now: () => number;
  #reader: Reader<CityResponse> | undefined;
  #loading: Promise<void> | undefined;
  #failedAtMs = -Infinity;

  /**
   * Begins to load.
   *
   * @param source an http, https or file URL; read with fetch, so that no file system is needed.
   */
  constructor(source: URL, log: Logger, now: () => number = () => performance.now()) {
    this.#source = source;
    this.#log = log;
    this.#now = now;
    this.#load();
  }

  /** Resolves when the attempt to load that is under way has ended, well or not. */
  async settled(): Promise<void> {
    await this.#loading;
  }

  locate(address: string): GeoPlace | undefined {
    if (this.#reader === undefined) {
      if (this.#loading === undefined && this.#now() - this.#failedAtMs >= RETRY_AFTER_MS) {
        this.#load();
      }
      return undefined;
    }
    try {
      return placeOf(this.#reader.get(address));
    } catch {
      return undefined; // No address, or a kind of address that the database does not hold.
    }
  }

  #load(): void {
    this.#loading = this.#read().catch((error) => {
      this.#failedAtMs = this.#now();
      this.#log.error("geographic database cannot be read", { error });
    }).finally(() => {
      this.#loading = undefined;
    });
  }

  async #read(): Promise<void> {
    const response = await fetch(this.#source, { signal: AbortSignal.timeout(LOAD_TIMEOUT_MS) });
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw new Error(`the database's source answered ${response.status}`);
    }
    this.#reader = new Reader<CityResponse>(await bytesOf(response.body));
    const { databaseType, buildEpoch } = this.#reader.metadata;
    this.#log.info("geographic database loaded", { databaseType, built: buildEpoch });
  }
}

async function bytesOf(body: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_DATABASE_BYTES) throw new Error("the database is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function placeOf(record: CityResponse | null): GeoPlace | undefined {
  if (record === null) return undefined;
  const { latitude, longitude } = record.location ?? {};
  const country = record.country?.iso_code;
  return {
    ...(isLocation(latitude, longitude)
      ? { location: { latitude: latitude!, longitude: longitude! } }
      : {}),
    ...(typeof country === "string" ? { country } : {}),
  };
}
