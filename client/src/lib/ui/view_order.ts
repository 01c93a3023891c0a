import type { MeetingTiles, PersonTile, ShareTile } from "./meeting_tiles.ts";

/** Which remote pictures matter most: those get the network's bits first. */
export interface ViewOrder {
  /** Stream ids, the most important first. */
  readonly streamIds: readonly string[];
  /** The stream that the person looks at. */
  readonly focused?: string;
}

/** What decides about the order. */
export interface Attention {
  /** Whoever is seen, through a first camera or a further one. */
  readonly people: readonly Pick<PersonTile, "key" | "participantId" | "videoStreamId">[];
  readonly shares: readonly ShareTile[];
  /** Key of the tile in the large place. */
  readonly focusedKey?: string;
  /** Who speaks, by participant id, the loudest first. */
  readonly speakers: readonly string[];
}

/** What is looked at, then shared screens, then who speaks, then the others as they stand. */
export function viewOrderOf({ people, shares, focusedKey, speakers }: Attention): ViewOrder {
  const rank = new Map(speakers.map((participantId, index) => [participantId, index]));
  const rankOf = ({ participantId }: Pick<PersonTile, "participantId">) =>
    rank.get(participantId) ?? rank.size;
  const seen = [
    ...shares.filter(({ isSelf }) => !isSelf).map(({ key, streamId }) => ({ key, streamId })),
    ...people.toSorted((a, b) => rankOf(a) - rankOf(b)).flatMap(({ key, videoStreamId }) =>
      videoStreamId ? { key, streamId: videoStreamId } : []
    ),
  ];
  const focused = seen.find(({ key }) => key === focusedKey)?.streamId;
  const rest = seen.map(({ streamId }) => streamId).filter((streamId) => streamId !== focused);
  return focused ? { streamIds: [focused, ...rest], focused } : { streamIds: rest };
}

/** The same for all tiles of a meeting, of which the one with `focusedKey` is in the large place. */
export function viewOrderOfTiles(
  { people, cameras, shares }: MeetingTiles,
  speakers: readonly string[],
  focusedKey: string | undefined,
): ViewOrder {
  const others = cameras.filter(({ isSelf }) => !isSelf);
  const furtherCameras = others.map(({ streamId, ...tile }) => ({
    ...tile,
    videoStreamId: streamId,
  }));
  return viewOrderOf({
    people: [...people, ...furtherCameras],
    shares,
    speakers,
    ...(focusedKey ? { focusedKey } : {}),
  });
}
