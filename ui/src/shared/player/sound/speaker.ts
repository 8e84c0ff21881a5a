/**
 * The loudspeaker: Web Audio behind a small port, so that the engine can be tested without one.
 *
 * Belongs here: `AudioContext` and what is scheduled on it. Not here: when ({@link ./sound_clock}).
 */
import type { Place } from './sound_clock';

/** Decoded sound, one array for each channel. */
export interface Pcm {
  readonly sampleRate: number;
  readonly channels: readonly Float32Array<ArrayBuffer>[];
}

export interface Speaker {
  /** What is heard at this moment, by the loudspeaker's own clock. */
  readonly nowSeconds: number;
  play(pcm: Pcm, place: Place): void;
  /** Forgets what was still to be heard. */
  silence(): void;
  setVolume(volume: number): void;
  close(): void;
}

/** A step in loudness is heard as a click. */
const FADE_SECONDS = 0.02;

export class WebSpeaker implements Speaker {
  readonly #context: AudioContext;
  readonly #gain: GainNode;
  readonly #playing = new Set<AudioBufferSourceNode>();

  /** At the sound's own rate, so that pieces join without a seam. */
  constructor(sampleRate: number) {
    this.#context = new AudioContext({ sampleRate, latencyHint: 'interactive' });
    this.#gain = new GainNode(this.#context, { gain: 0 });
    this.#gain.connect(this.#context.destination);
    // Where the page was not touched yet, browsers keep it still until it is.
    void this.#context.resume();
  }

  get nowSeconds(): number {
    // What is rendered now is heard when it has gone through the device.
    return this.#context.currentTime - (this.#context.outputLatency || 0);
  }

  play({ sampleRate, channels }: Pcm, { startSeconds, rate }: Place): void {
    const length = channels[0]?.length ?? 0;
    if (length === 0) return;
    const buffer = this.#context.createBuffer(channels.length, length, sampleRate);
    channels.forEach((samples, channel) => buffer.copyToChannel(samples, channel));
    const node = new AudioBufferSourceNode(this.#context, { buffer, playbackRate: rate });
    node.connect(this.#gain);
    node.onended = () => this.#playing.delete(node);
    this.#playing.add(node);
    node.start(Math.max(0, startSeconds));
  }

  silence(): void {
    for (const node of this.#playing) {
      node.onended = null;
      node.stop();
    }
    this.#playing.clear();
  }

  setVolume(volume: number): void {
    this.#gain.gain.setTargetAtTime(volume, this.#context.currentTime, FADE_SECONDS);
  }

  close(): void {
    this.silence();
    void this.#context.close();
  }
}
