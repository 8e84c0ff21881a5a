import { describe, expect, it } from 'vitest';
import type { StreamView } from '$backend/types';
import { change, creation, formOf, newForm, problems, sourceOf, suggestedName } from './camera_form';

const stream: StreamView = {
  name: 'door',
  source: 'rtsp://admin@192.168.1.40/main',
  state: 'recording',
  fault: null,
  retention: '30d',
  enabled: true,
  capture: { backend: 'retina', forced: false, because: 'it speaks RTSP', transport: 'tcp' },
  tracks: [],
  figures: { frames_per_second: 25, bits_per_second: 1, skipped: 0, connections: 1 },
  recorded: { first: null, last: null, bytes: 0, fragments: 0 },
  models: ['motion-grid'],
  created: '2026-11-23T00:00:00.000Z',
};

describe('the camera dialogue', () => {
  it('makes the sources that the recorder knows', () => {
    expect(sourceOf({ ...newForm(), kind: 'test' })).toBe('test:');
    expect(sourceOf({ ...newForm(), kind: 'webcam' })).toBe('webcam');
    expect(sourceOf({ ...newForm(), kind: 'webcam', device: '/dev/video2' })).toBe('webcam:/dev/video2');
    expect(sourceOf({ ...newForm(), kind: 'webcam', device: 'pipewire:fakecam' })).toBe('pipewire:fakecam');
    for (const source of ['test:', 'webcam', 'webcam:/dev/video0', 'pipewire:fakecam', 'rtsp://host/path']) {
      expect(sourceOf(formOf({ ...stream, source })), 'what is read is what is written').toBe(source);
    }
  });

  it('finds a name in the address', () => {
    const named = (address: string): string =>
      suggestedName({ ...newForm(), kind: 'address', address }, ['main']);
    expect(named('rtsp://192.168.1.40/Streaming/garage')).toBe('garage');
    expect(named('rtsp://u:p@10.0.0.2/'), 'no path: the host').toBe('10.0.0.2');
    expect(named('rtsp://10.0.0.2/main'), 'taken: the next number').toBe('main-2');
    expect(named('not an address')).toBe('camera');
  });

  it('says what is wrong before the recorder has to', () => {
    expect(problems({ ...newForm(), kind: 'address', name: 'a b', address: '' }, [])).toHaveProperty('name');
    expect(
      problems({ ...newForm(), kind: 'address', name: 'door', address: 'rtsp://x/y' }, ['door']).name,
    ).toMatch(/already/);
    expect(
      problems({ ...newForm(), kind: 'address', name: 'door', address: '192.168.1.4' }, []).address,
    ).toMatch(/rtsp/);
    expect(problems({ ...newForm(), kind: 'address', name: 'door', address: 'rtsps://x' }, [])).toEqual({});
    expect(
      problems({ ...newForm(), name: 'door' }, []).found,
      'a found camera has no address before one of its streams is taken',
    ).toMatch(/Choose/);
    const masked = 'rtsp://user:•••@10.0.0.2/x';
    expect(
      problems({ ...newForm(), kind: 'address', name: 'door', address: masked }, [], masked),
      'unchanged, nothing is sent',
    ).toEqual({});
    expect(
      problems({ ...newForm(), kind: 'address', name: 'door', address: `${masked}y` }, [], masked).address,
    ).toMatch(/password/);
  });

  it('sends only what was changed', () => {
    expect(change(stream, formOf(stream)), 'above all not an address whose password is hidden').toEqual({});
    expect(change(stream, { ...formOf(stream), retention: '90d' })).toEqual({ retention: '90d' });
    expect(change(stream, { ...formOf(stream), models: [] })).toEqual({ models: [] });
    expect(change(stream, { ...formOf(stream), isEnabled: false })).toEqual({ enabled: false });
    expect(creation({ ...newForm(), kind: 'test', name: 'bars' }), 'a pattern has no transport').toEqual({
      name: 'bars',
      source: 'test:',
      retention: '30d',
      models: [],
    });
  });
});
