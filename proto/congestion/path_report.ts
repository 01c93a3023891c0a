import type { DatagramArrivals } from "../media_stream/arrival_report.ts";
import type { ArrivalSample } from "./sent_log.ts";

/** What a report told of a path; pass it once for each report, all its streams together. */
export interface PathReport {
  /** Of all streams of the path, in any order. */
  readonly samples: readonly ArrivalSample[];
  /** The report's own counts; undefined when the path carries no numbered datagrams. */
  readonly datagrams?: DatagramArrivals | undefined;
  /** When the report came in, milliseconds of the sender's clock. */
  readonly nowMs: number;
  /** From a write to this report, if one was measured (`StreamSamples.rttMs`). */
  readonly rttMs?: number | undefined;
  /** When the next is promised; every 100 ms by default. */
  readonly nextWithinMs?: number;
  /** How late this program gets the processor (`ProcessorLag`), milliseconds; 0 by default. */
  readonly lagMs?: number;
}

/** What lies between the sender and the receiver, over all streams of the path. */
export interface PathLoad {
  /** Age of the oldest byte that was written and not reported, milliseconds; 0 without any. */
  readonly oldestAgeMs: number;
  /** Bytes written and not reported. */
  readonly bytesInFlight: number;
  /** How late this program gets the processor (`ProcessorLag`), milliseconds; 0 by default. */
  readonly lagMs?: number;
}
