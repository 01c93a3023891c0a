/**
 * Lets a bench reach `connection` as the page's `darkTowerPeer`. Host candidates only: what lies between
 * the pages is the bench's to decide.
 */
export function offerToBench(connection: RTCPeerConnection): void {
  globalThis.darkTowerPeer = {
    async offer() {
      await connection.setLocalDescription(await connection.createOffer());
      return await describedFully(connection);
    },
    async answer(offer) {
      await connection.setRemoteDescription({ type: "offer", sdp: offer });
      await connection.setLocalDescription(await connection.createAnswer());
      return await describedFully(connection);
    },
    accept: (answer) => connection.setRemoteDescription({ type: "answer", sdp: answer }),
  };
}

/** The connection's own description, once it names all candidates. */
async function describedFully(connection: RTCPeerConnection): Promise<string> {
  const gathered = Promise.withResolvers<void>();
  const look = () => {
    if (connection.iceGatheringState === "complete") gathered.resolve();
  };
  connection.addEventListener("icegatheringstatechange", look);
  look();
  await gathered.promise;
  connection.removeEventListener("icegatheringstatechange", look);
  return connection.localDescription?.sdp ?? "";
}
