/** What the shell itself does when it is asked: everything that needs no feature's own state. */
import type { Desk } from '$shared/desk.svelte';
import type { ActionId } from '$shared/keyboard/actions';
import { theme } from '$shared/theme/theme.svelte';
import { WHOLE, zoomedAt } from '$shared/wall/digital_zoom';

const NUDGE_MICROS = 5e6;
const DIGITAL_ZOOM = 2;

export function consoleActions(desk: Desk): Partial<Record<ActionId, () => void>> {
  const { wall } = desk;
  const nudge = (direction: 1 | -1) => () => {
    if (desk.timeline.isPlaying) desk.dispatch({ type: 'skip', byMicros: direction * NUDGE_MICROS });
    else desk.dispatch({ type: 'step', frames: direction });
  };
  const zoom = (factor: number) => () =>
    desk.dispatch({ type: 'zoomAt', atMicros: desk.timeline.playheadMicros, factor });
  const actions: Partial<Record<ActionId, () => void>> = {
    togglePlay: () => desk.dispatch({ type: 'togglePlay' }),
    shuttleBackward: () => desk.dispatch({ type: 'shuttle', direction: -1 }),
    shuttleForward: () => desk.dispatch({ type: 'shuttle', direction: 1 }),
    stepBackward: nudge(-1),
    stepForward: nudge(1),
    secondBackward: () => desk.dispatch({ type: 'skip', byMicros: -1e6 }),
    secondForward: () => desk.dispatch({ type: 'skip', byMicros: 1e6 }),
    replay: () => desk.dispatch({ type: 'replay' }),
    sound: () => desk.toggleSound(),
    live: () => desk.dispatch({ type: 'followLive' }),
    first: () => desk.dispatch({ type: 'first' }),
    last: () => desk.dispatch({ type: 'last' }),
    zoomIn: zoom(2),
    zoomOut: zoom(0.5),
    clearSelection: () => desk.dispatch({ type: 'select', range: null }),
    maximise: () => {
      if (wall.lead !== null) wall.toggleMaximised(wall.lead);
    },
    digitalZoom: () => {
      const name = wall.lead;
      if (name === null) return;
      const isZoomed = wall.zoomOf(name).scale > 1;
      wall.setZoom(name, isZoomed ? WHOLE : zoomedAt(WHOLE, 0.5, 0.5, DIGITAL_ZOOM));
    },
    boxes: () => wall.toggleBoxes(),
    panel: () => wall.togglePanel(),
    theme: () => theme.toggle(),
    fullScreen: () =>
      void (document.fullscreenElement
        ? document.exitFullscreen()
        : document.documentElement.requestFullscreen()),
    escape: () => wall.back(),
  };
  for (let number = 1; number <= 9; number += 1) {
    actions[`camera${number}` as ActionId] = () => {
      const name = wall.slots[number - 1];
      if (name !== undefined) wall.choose(name);
    };
    actions[`layout${number}` as ActionId] = () => {
      const name = wall.numbered(number);
      if (name === null) desk.say(`No layout has the number ${number}.`);
      else {
        wall.arrangeNumber(number);
        desk.say(name);
      }
    };
  }
  return actions;
}

/** Whether the key belongs to what has the focus: text, a list to choose from, a button's own press. */
export function isTaken(target: EventTarget | null, key: string): boolean {
  // What lies over the wall is closed first, by the browser itself.
  if (key === 'Escape' && document.querySelector(':popover-open') !== null) return true;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('input:not([type="checkbox"]), textarea, select, dialog, [popover], [contenteditable]'))
    return true;
  if (target.closest('[role="tab"], [role="tablist"]') && key.startsWith('Arrow')) return true;
  const button = target.closest('button, a, summary, input');
  // Space plays, unless a button was reached by keyboard and is about to be pressed by it.
  return button !== null && (key === 'Enter' || (key === ' ' && button.matches(':focus-visible')));
}
