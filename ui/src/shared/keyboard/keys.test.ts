import { describe, expect, it } from 'vitest';
import { actionOf, type Key } from './keys';

const key = (name: string, more: Partial<Key> = {}): Key => ({
  key: name,
  code: '',
  shift: false,
  control: false,
  alt: false,
  ...more,
});

describe('keys', () => {
  it('do what the list says', () => {
    const command = (pressed: Key): unknown => {
      const action = actionOf(pressed);
      return action?.type === 'command' ? action.command : action;
    };
    expect(command(key(' '))).toEqual({ type: 'togglePlay' });
    expect(command(key('k'))).toEqual({ type: 'togglePlay' });
    expect(command(key('j'))).toEqual({ type: 'shuttle', direction: -1 });
    expect(command(key('l'))).toEqual({ type: 'shuttle', direction: 1 });
    expect(command(key('L', { shift: true }))).toEqual({ type: 'followLive' });
    expect(command(key('ArrowLeft', { shift: true }))).toEqual({ type: 'skip', byMicros: -1e6 });
    expect(command(key('ArrowRight'))).toEqual({ type: 'nudge', direction: 1 });
    expect(command(key('Home'))).toEqual({ type: 'first' });
    expect(command(key('+', { shift: true }))).toEqual({ type: 'zoom', factor: 2 });
    expect(command(key('3', { code: 'Digit3' }))).toEqual({ type: 'camera', number: 3 });
    expect(command(key('?', { shift: true }))).toEqual({ type: 'help' });
  });

  it('leave the browser its own', () => {
    expect(actionOf(key('r', { control: true })), 'reload').toBeNull();
    expect(actionOf(key('Tab')), 'focus').toBeNull();
    expect(actionOf(key('#', { code: 'Digit3', shift: true })), 'a sign above a digit').toBeNull();
  });
});
