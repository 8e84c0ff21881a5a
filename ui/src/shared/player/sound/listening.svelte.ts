/** Whether and how loud the user listens, and why nothing is heard. A visit begins muted. */
import type { Silence, SoundHost } from './sound';

const KEY = 'afterimage.volume';
const USUAL_VOLUME = 0.7;

const WORDS: Readonly<Record<Silence, string>> = {
  off: 'Sound is off',
  no_camera: 'No camera is on the wall',
  no_sound: 'This camera sends no sound',
  speed: 'Silent: sound plays at 1× alone',
  standing: 'Silent while the picture stands',
  insecure: 'Sound needs a secure page: HTTPS, this machine, or the desktop window',
  no_decoder: 'This browser has no decoder for sound',
  undecodable: 'This browser can’t decode the sound of this camera',
};

export class Listening implements SoundHost {
  isOn = $state(false);
  #volume = $state(restored());
  #why = $state<Silence | null>('off');
  #detail = $state<string | null>(null);

  get volume(): number {
    return this.#volume;
  }

  set volume(volume: number) {
    this.#volume = Math.min(1, Math.max(0, volume));
    try {
      localStorage.setItem(KEY, String(this.#volume));
    } catch {
      // Then it holds for this visit.
    }
  }

  /** Why nothing is heard although somebody listens; null while something is. */
  get silence(): string | null {
    if (this.#why === null || this.#why === 'off') return null;
    return this.#detail === null ? WORDS[this.#why] : `${WORDS[this.#why]}: ${this.#detail}`;
  }

  toggle(): void {
    this.isOn = !this.isOn;
  }

  silent(why: Silence | null, detail: string | null): void {
    if (this.#why !== why) this.#why = why;
    if (this.#detail !== detail) this.#detail = detail;
  }
}

function restored(): number {
  try {
    const saved = Number(localStorage.getItem(KEY) ?? USUAL_VOLUME);
    return saved >= 0 && saved <= 1 ? saved : USUAL_VOLUME;
  } catch {
    return USUAL_VOLUME;
  }
}
