import { MeetingEndedError, NoControllerError } from "../region/meeting_placement.ts";
import { UnknownRegionError } from "../region/region_choice.ts";
import { ApiError, invalidRequest, unavailable } from "../rest/api_error.ts";

/**
 * Does what `place` does, and tells the reasons of a failed placement as the API does.
 *
 * @throws {ApiError} SERVICE_UNAVAILABLE, MEETING_ENDED or, for an unknown region, INVALID_REQUEST.
 */
export async function placing<Result>(place: () => Promise<Result>): Promise<Result> {
  try {
    return await place();
  } catch (error) {
    if (error instanceof NoControllerError) throw unavailable(error.message, error);
    if (error instanceof MeetingEndedError) throw meetingEnded();
    if (error instanceof UnknownRegionError) {
      throw invalidRequest(error.message, { region: error.region, regions: error.regions });
    }
    throw error;
  }
}

/** 410: nobody can join it any more. */
export function meetingEnded(): ApiError {
  return new ApiError(410, "MEETING_ENDED", "the meeting has ended");
}
