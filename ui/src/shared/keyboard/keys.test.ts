import { describe, expect, it } from 'vitest';
import { ACTIONS } from './actions';
import { actionFor, assigned, chordsOf, cleared, conflicts, parsed, restored } from './bindings';
import { chordKeys, chordOf, type Key } from './chord';
import { ActionRegistry } from './registry';

const key = (name: string, more: Partial<Key> = {}): Key => ({
  key: name,
  code: '',
  shift: false,
  control: false,
  alt: false,
  ...more,
});

const action = (pressed: Key) => {
  const chord = chordOf(pressed);
  return chord === null ? null : actionFor(chord, {});
};

describe('keys', () => {
  it('do what the list says', () => {
    expect(action(key(' '))).toBe('togglePlay');
    expect(action(key('k'))).toBe('togglePlay');
    expect(action(key('j'))).toBe('shuttleBackward');
    expect(action(key('l'))).toBe('shuttleForward');
    expect(action(key('L', { shift: true }))).toBe('live');
    expect(action(key('ArrowLeft', { shift: true }))).toBe('secondBackward');
    expect(action(key('ArrowRight', { control: true }))).toBe('nextEvent');
    expect(action(key('ArrowRight'))).toBe('stepForward');
    expect(action(key('Home'))).toBe('first');
    expect(action(key('+', { shift: true }))).toBe('zoomIn');
    expect(action(key('3', { code: 'Digit3' }))).toBe('camera3');
    expect(action(key('3', { code: 'Digit3', control: true }))).toBe('layout3');
    expect(action(key('k', { control: true }))).toBe('palette');
    expect(action(key('?', { shift: true }))).toBe('help');
  });

  it('mean the same on other layouts', () => {
    expect(action(key('&', { code: 'Digit1' })), 'the first digit of a French keyboard').toBe('camera1');
    expect(action(key('+', { control: true, alt: true })), 'AltGr is no modifier').toBe('zoomIn');
    expect(action(key('K', { shift: false })), 'caps lock').toBe('togglePlay');
  });

  it('leave the browser its own', () => {
    expect(action(key('r', { control: true })), 'reload').toBeNull();
    expect(action(key('Tab')), 'focus').toBeNull();
    expect(action(key('#', { code: 'Digit3', shift: true })), 'a sign above a digit').toBeNull();
    expect(chordOf(key('Control', { control: true })), 'a modifier alone').toBeNull();
  });

  it('are shown one by one', () => {
    expect(chordKeys('Ctrl+Left')).toEqual(['Ctrl', '←']);
    expect(chordKeys('+')).toEqual(['+']);
    expect(chordKeys('Ctrl++')).toEqual(['Ctrl', '+']);
  });
});

describe('the table', () => {
  it('gives no chord twice', () => {
    expect([...conflicts({})]).toEqual([]);
  });

  it('names each action once', () => {
    expect(new Set(ACTIONS.map(({ id }) => id)).size).toBe(ACTIONS.length);
  });
});

describe('keys that were changed', () => {
  it('take a chord from whoever had it', () => {
    const changed = assigned('markIn', 'K', {});
    expect(actionFor('K', changed)).toBe('markIn');
    expect(actionFor('I', changed), 'its old key is free').toBeNull();
    expect(chordsOf('togglePlay', changed), 'the other key of the loser stays').toEqual(['Space']);
    expect(conflicts(changed).size).toBe(0);
  });

  it('never take Escape, or change it', () => {
    expect(assigned('markIn', 'Esc', {})).toEqual({});
    expect(assigned('escape', 'Q', {})).toEqual({});
  });

  it('go back one by one', () => {
    const changed = assigned('markIn', 'K', {});
    const back = restored('togglePlay', changed);
    expect(chordsOf('togglePlay', back)).toEqual(['Space', 'K']);
    expect(chordsOf('markIn', back), 'it has to give the key back').toEqual([]);
    expect(restored('markIn', back), 'nothing is left that differs from the table').toEqual({});
    expect(actionFor('G', cleared('goTo', {}))).toBeNull();
  });

  it('are read back as far as they make sense', () => {
    expect(parsed('{"goTo":["H",3],"gone":["Q"]}')).toEqual({ goTo: ['H'] });
    expect(parsed('nonsense')).toEqual({});
    expect(parsed(null)).toEqual({});
  });

  it('show who shares a chord', () => {
    const shared = parsed('{"goTo":["K"]}');
    expect(conflicts(shared).get('K')).toEqual(['togglePlay', 'goTo']);
    expect(actionFor('K', shared), 'the first of the table hears it').toBe('togglePlay');
  });
});

describe('the registry', () => {
  it('hears the newest, and the one before it again', () => {
    const registry = new ActionRegistry();
    const heard: string[] = [];
    registry.register('goTo', () => heard.push('page'));
    const close = registry.register('goTo', () => heard.push('dialog'));
    registry.perform('goTo');
    close();
    registry.perform('goTo');
    expect(heard).toEqual(['dialog', 'page']);
    expect(registry.perform('calendar'), 'nobody is there').toBe(false);
  });
});
