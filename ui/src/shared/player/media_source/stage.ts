/**
 * A `<video>` that nobody sees, fed by a MediaSource: the way to pictures where there is no
 * WebCodecs (a page that came over plain HTTP from another machine has none).
 *
 * Belongs here: appending in order and learning which frame is presented. Not here: which media.
 * Invariant: at most {@link MOST_WAITING} appends wait; more is a sign of a stuck video.
 */

interface Work {
  readonly bytes: Uint8Array<ArrayBuffer> | null;
  readonly offsetSeconds: number | null;
  readonly remove: { from: number; to: number } | null;
}

const MOST_WAITING = 400;

export class Stage {
  readonly video = document.createElement('video');
  readonly #source = new MediaSource();
  readonly #address = URL.createObjectURL(this.#source);
  readonly #presented: (mediaSeconds: number) => void;
  readonly #failed: (message: string) => void;
  readonly #appended: () => void;
  #buffer: SourceBuffer | null = null;
  #work: Work[] = [];
  #callback = 0;
  #closed = false;

  /**
   * `presented` is called with the media time of each frame that the video puts out, `appended`
   * when more of it can be sought.
   */
  constructor(
    mime: string,
    presented: (mediaSeconds: number) => void,
    failed: (message: string) => void,
    appended: () => void = () => {},
  ) {
    this.#presented = presented;
    this.#failed = failed;
    this.#appended = appended;
    this.video.muted = true;
    this.video.playsInline = true;
    this.video.src = this.#address;
    this.video.onerror = () => this.#failed(this.video.error?.message ?? 'The picture can’t be decoded.');
    // A standing video does not always report the frame that a seek has brought.
    this.video.onseeked = () => this.#presented(this.video.currentTime);
    this.#source.onsourceopen = () => this.#begin(mime);
    this.#listen();
  }

  static canPlay(mime: string): boolean {
    return typeof MediaSource !== 'undefined' && MediaSource.isTypeSupported(mime);
  }

  /** With an offset, the media's own times are moved by it from here on. */
  append(bytes: Uint8Array<ArrayBuffer>, offsetSeconds: number | null = null): void {
    if (this.#work.length >= MOST_WAITING) {
      this.#failed('The browser’s video takes no more media.');
      return;
    }
    this.#work.push({ bytes, offsetSeconds, remove: null });
    this.#next();
  }

  remove(from: number, to: number): void {
    if (to <= from) return;
    this.#work.push({ bytes: null, offsetSeconds: null, remove: { from, to } });
    this.#next();
  }

  /** Whether the video can be sought there; a seek to where nothing is yet may be forgotten. */
  has(seconds: number): boolean {
    const { buffered } = this.video;
    for (let index = 0; index < buffered.length; index += 1) {
      if (buffered.start(index) <= seconds && seconds < buffered.end(index)) return true;
    }
    return false;
  }

  close(): void {
    this.#closed = true;
    this.video.cancelVideoFrameCallback(this.#callback);
    this.video.onerror = this.video.onseeked = null;
    this.video.removeAttribute('src');
    this.video.load();
    URL.revokeObjectURL(this.#address);
  }

  #begin(mime: string): void {
    if (this.#closed) return;
    try {
      this.#buffer = this.#source.addSourceBuffer(mime);
    } catch {
      this.#failed(`This browser can’t decode ${mime}.`);
      return;
    }
    this.#buffer.onupdateend = () => {
      this.#next();
      this.#appended();
    };
    this.#next();
  }

  #next(): void {
    const buffer = this.#buffer;
    if (this.#closed || buffer === null || buffer.updating || this.#source.readyState !== 'open') return;
    const work = this.#work.shift();
    if (work === undefined) return;
    try {
      if (work.remove !== null) buffer.remove(Math.max(0, work.remove.from), work.remove.to);
      else if (work.bytes !== null) {
        if (work.offsetSeconds !== null) buffer.timestampOffset = work.offsetSeconds;
        buffer.appendBuffer(work.bytes);
      }
    } catch (error) {
      this.#failed(error instanceof Error ? error.message : String(error));
    }
  }

  #listen(): void {
    this.#callback = this.video.requestVideoFrameCallback((_now, { mediaTime }) => {
      if (this.#closed) return;
      this.#presented(mediaTime);
      this.#listen();
    });
  }
}
