/** Adds the frame on the screen to those picked for a dataset. */
import type { Desk } from '$shared/desk.svelte';
import { MOST_PICKED } from '$shared/exports/picked_frames';

export function pickFrame(desk: Desk): void {
  const { lead } = desk.wall;
  const atMicros = lead === null ? null : desk.player.shownAt(lead);
  if (lead === null || atMicros === null) {
    desk.say('There is no frame on the screen to add.');
    return;
  }
  const outcome = desk.picked.add({ stream: lead, at_micros: Math.round(atMicros) });
  if (outcome === 'known') desk.say('This frame is picked already.');
  if (outcome === 'full')
    desk.say(`${MOST_PICKED.toLocaleString('en-US')} frames are picked: export or clear them first.`);
}
