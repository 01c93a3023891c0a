/**
 * How a bench connects two pages that measure WebRTC. Descriptions (SDP) carry all candidates, so each
 * call is made once, in this order: `offer` at the sender, `answer` at the receiver, `accept` at the
 * sender.
 */
export interface WebRtcPeer {
  /** The sender's description. */
  offer(): Promise<string>;
  /** Takes the sender's description; the receiver's. */
  answer(offer: string): Promise<string>;
  /** Takes the receiver's description. */
  accept(answer: string): Promise<void>;
}
