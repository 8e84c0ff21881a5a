import { describe, expect, it } from 'vitest';
import type { Backend } from '$backend/backend';
import { success } from '$backend/result';
import { Discovery } from './discovery.svelte';

describe('what a look around tells', () => {
  it('stands where it belongs: on the network, or plugged in', async () => {
    const notes = ['The network of 10.0.0.7 can’t be searched: permission denied.'];
    const webcam_notes = ['Devices can’t be listed: PipeWire does not answer.'];
    const discover = (): ReturnType<Backend['discover']> =>
      Promise.resolve(success({ cameras: [], webcams: [], notes, webcam_notes }));
    const discovery = new Discovery({ discover } as unknown as Backend);
    await discovery.look();
    expect(discovery.networkNotes).toEqual(notes);
    expect(discovery.webcamNotes, 'no webcam is missing because of a network').toEqual(webcam_notes);
  });
});
