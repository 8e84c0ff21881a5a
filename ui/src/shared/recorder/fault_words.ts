/**
 * Why a camera does not record, in a sentence for operators: by the fault's code, because its own words
 * come from programs and operating systems. Those are for a tooltip.
 */
import { withoutNumber } from '$backend/result';

const SENTENCES: Readonly<Record<string, string>> = {
  camera_unreachable: 'The camera can’t be reached at its address',
  camera_silent: 'The camera is connected and sends no picture',
  camera_ended: 'The camera has ended the connection',
  authentication_failed: 'The camera refuses this user and password',
  no_producer: 'Nothing pushes media to this stream',
  starting: 'The camera is being opened',
  recorder_down: 'The recorder was not running',
  disk_full: 'The recorder’s disk is full',
  write_failed: 'The recorder could not write to its disk',
  damaged: 'The footage is damaged',
  timestamp_jump: 'The camera’s clock has jumped',
};

/** Where the code alone tells too little (which codec, which part is not installed), the detail itself. */
export function faultSentence(code: string, detail: string): string {
  return SENTENCES[code] ?? faultDetail(detail);
}

/** The recorder's own words, for who wants to know more. */
export const faultDetail = (detail: string): string => withoutNumber(detail);
