import { mount } from 'svelte';
import { backendAddress } from '$backend/address';
import { HttpBackend } from '$backend/http';
import { Desk } from '$shared/desk.svelte';
import '$shared/theme/theme.css';
import { theme } from '$shared/theme/theme.svelte';
import type { Command, TimelineState } from '$shared/timeline/state';
import App from '$views/App.svelte';

declare global {
  interface Window {
    /** What tests drive and look at: the same commands that keys and buttons send. */
    afterimage?: {
      dispatch(command: Command): void;
      readonly timeline: TimelineState;
      /** How far the sound is before the picture; null while nothing is heard. */
      readonly soundOffMicros: number | null;
    };
  }
}

/** As long as a first page waits for its cameras; one that knows them from before does not. */
const FIRST_ANSWER_MS = 300;

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has a place for the app');

const address = backendAddress(window.__AFTERIMAGE__, location.origin);
const desk = new Desk(new HttpBackend(address, location.origin));
theme.apply();

window.afterimage = {
  dispatch: desk.dispatch,
  get timeline() {
    return desk.timeline;
  },
  get soundOffMicros() {
    return desk.sound.offMicros;
  },
};

const answered = desk.start();
// The rows of the timeline are those of the cameras: a first page is laid out once.
if (desk.lastShown.length === 0) {
  const patience = new Promise((resolve) => setTimeout(resolve, FIRST_ANSWER_MS));
  await Promise.race([answered, patience]);
}
mount(App, { target, props: { desk } });
