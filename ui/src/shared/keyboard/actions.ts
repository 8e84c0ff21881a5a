/**
 * Everything that a key, the palette or a button may ask for, with the keys it has at first.
 *
 * Belongs here: one table. Not here: what an action does ({@link ./registry}), which keys the user
 * chose instead ({@link ./bindings.svelte}).
 */

export type ActionGroup = 'Playback' | 'Timeline' | 'Wall' | 'Console';

export interface ActionRow {
  readonly id: string;
  readonly title: string;
  readonly group: ActionGroup;
  readonly chords: readonly string[];
  /** One of nine alike: the list of keys shows them as one row. */
  readonly number?: number;
  /** Stays as it is: somebody must always get out again. */
  readonly isFixed?: boolean;
}

const row = (id: string, group: ActionGroup, title: string, ...chords: string[]) =>
  ({ id, group, title, chords }) as const;

const DIGITS = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const;
type Digit = (typeof DIGITS)[number];

const NAMED = [
  row('togglePlay', 'Playback', 'Play or pause', 'Space', 'K'),
  row('shuttleBackward', 'Playback', 'Play backwards; again for faster', 'J'),
  row('shuttleForward', 'Playback', 'Play forwards; again for faster', 'L'),
  row('stepBackward', 'Playback', 'One frame back; five seconds while playing', 'Left'),
  row('stepForward', 'Playback', 'One frame on; five seconds while playing', 'Right'),
  row('secondBackward', 'Playback', 'One second back', 'Shift+Left'),
  row('secondForward', 'Playback', 'One second on', 'Shift+Right'),
  row('replay', 'Playback', 'The last ten seconds again', 'R'),
  row('live', 'Playback', 'Live', 'Shift+L'),
  row('sound', 'Playback', 'Sound of the chosen camera', 'A'),
  row('goTo', 'Playback', 'Go to a time', 'G'),
  row('calendar', 'Playback', 'Calendar', 'T'),
  row('previousEvent', 'Playback', 'Previous event', 'Ctrl+Left'),
  row('nextEvent', 'Playback', 'Next event', 'Ctrl+Right'),
  row('first', 'Playback', 'First recorded frame', 'Home'),
  row('last', 'Playback', 'Last recorded frame', 'End'),
  row('zoomIn', 'Timeline', 'Zoom in', '+', '='),
  row('zoomOut', 'Timeline', 'Zoom out', '-', '_'),
  row('markIn', 'Timeline', 'The selection begins here', 'I'),
  row('markOut', 'Timeline', 'The selection ends here', 'O'),
  row('clearSelection', 'Timeline', 'Clear the selection', 'X'),
  row('export', 'Timeline', 'Export', 'E'),
  row('exports', 'Timeline', 'Exports: progress and files'),
  row('bookmark', 'Timeline', 'Bookmark this moment', 'M'),
  row('hold', 'Timeline', 'Keep the selection from deletion', 'H'),
  row('marks', 'Timeline', 'Bookmarks and holds'),
  row('maximise', 'Wall', 'Maximise the camera, or back', 'Enter'),
  row('digitalZoom', 'Wall', 'Digital zoom, or back to the whole picture', 'Z'),
  row('saveFrame', 'Wall', 'Save the frame on screen', 'S'),
  row('pickFrame', 'Wall', 'Add the frame on screen to a dataset', 'D'),
  row('boxes', 'Wall', 'Boxes of detections', 'B'),
  row('panel', 'Wall', 'Panel at the right', 'P'),
  row('fullScreen', 'Wall', 'Full screen', 'F'),
  row('palette', 'Console', 'Find a command, camera or time', 'Ctrl+K'),
  row('help', 'Console', 'These keys', '?'),
  row('storage', 'Console', 'Storage'),
  row('settings', 'Console', 'Settings', 'Ctrl+,'),
  row('addCamera', 'Console', 'Add camera'),
  row('theme', 'Console', 'Dark or light theme'),
] as const;

const cameras = DIGITS.map((digit) => ({
  id: `camera${digit}` as const,
  group: 'Wall' as const,
  title: `Camera ${digit} of the wall`,
  chords: [String(digit)],
  number: digit,
}));
const layouts = DIGITS.map((digit) => ({
  id: `layout${digit}` as const,
  group: 'Wall' as const,
  title: `Layout ${digit}`,
  chords: [`Ctrl+${digit}`],
  number: digit,
}));
const escape = {
  id: 'escape',
  group: 'Console',
  title: 'Back to the wall',
  chords: ['Esc'],
  isFixed: true,
} as const;

export type ActionId = (typeof NAMED)[number]['id'] | `camera${Digit}` | `layout${Digit}` | 'escape';

export const ACTIONS: readonly (ActionRow & { readonly id: ActionId })[] = [
  ...NAMED,
  ...cameras,
  ...layouts,
  escape,
];

export const GROUPS: readonly ActionGroup[] = ['Playback', 'Timeline', 'Wall', 'Console'];

export const isActionId = (text: string): text is ActionId => ACTIONS.some(({ id }) => id === text);

export function actionRow(id: ActionId): ActionRow & { readonly id: ActionId } {
  const found = ACTIONS.find((action) => action.id === id);
  if (found === undefined) throw new Error(`${id} is in the table, because its type comes from there`);
  return found;
}
