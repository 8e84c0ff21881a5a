/**
 * What was pressed, as a short text: `Space`, `Shift+L`, `Ctrl+Left`, `?`.
 *
 * Belongs here: one spelling per chord, on every layout of keyboard. Not here: what a chord does.
 * Invariant: `chordOf` answers only chords that a user could also be shown by `chordLabel`.
 */

export interface Key {
  readonly key: string;
  readonly code: string;
  readonly shift: boolean;
  readonly control: boolean;
  readonly alt: boolean;
}

const NAMED: Readonly<Record<string, string>> = {
  ' ': 'Space',
  ArrowLeft: 'Left',
  ArrowRight: 'Right',
  ArrowUp: 'Up',
  ArrowDown: 'Down',
  Escape: 'Esc',
  Delete: 'Del',
  PageUp: 'PgUp',
  PageDown: 'PgDn',
};
const SHOWN: Readonly<Record<string, string>> = { Left: '←', Right: '→', Up: '↑', Down: '↓', '-': '−' };
/** Pressed alone they mean nothing yet. */
const MODIFIERS = ['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'CapsLock', 'Dead', 'Unidentified'];

export const keyOf = (event: KeyboardEvent): Key => ({
  key: event.key,
  code: event.code,
  shift: event.shiftKey,
  control: event.ctrlKey || event.metaKey,
  alt: event.altKey,
});

/** Null while only modifiers are down. */
export function chordOf({ key, code, shift, control, alt }: Key): string | null {
  if (MODIFIERS.includes(key) || key === '') return null;
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(code)?.[1];
  // The key of a digit is that digit on every layout, until Shift makes a sign of it.
  if (digit !== undefined && !shift) return modified(digit, control, alt, false);
  const named = NAMED[key];
  if (named !== undefined) return modified(named, control, alt, shift);
  if (/^\p{L}$/u.test(key)) return modified(key.toUpperCase(), control, alt, shift);
  if (key.length > 1) return modified(key, control, alt, shift);
  // A sign is what it is, whichever keys a layout needs for it: Shift, or AltGr, which says Ctrl+Alt.
  return control && alt ? key : modified(key, control, alt, false);
}

const modified = (key: string, control: boolean, alt: boolean, shift: boolean): string =>
  `${control ? 'Ctrl+' : ''}${alt ? 'Alt+' : ''}${shift ? 'Shift+' : ''}${key}`;

/** The keys to press, one by one: `['Ctrl', '←']`. */
export function chordKeys(chord: string): string[] {
  const parts = chord.endsWith('+')
    ? [...chord.slice(0, -1).split('+').filter(Boolean), '+']
    : chord.split('+');
  return parts.map((part) => SHOWN[part] ?? part);
}

export const chordLabel = (chord: string): string => chordKeys(chord).join(' ');
