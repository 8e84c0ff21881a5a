/**
 * What the desktop window can do and a browser can't: a port that is empty in a browser.
 *
 * Belongs here: its shape, and where it comes from. Not here: what is done without it.
 */

export interface Desktop {
  /** Shows a file or folder of this machine in its file manager. False where it is not there. */
  reveal?(path: string): Promise<boolean>;
  /**
   * Asks for a place and saves there what is at the whole address, session and all, or at a `blob:` of
   * the page. False when nobody chose one.
   */
  saveAs?(url: string, name: string): Promise<boolean>;
  /** Shows the file that was saved last in the file manager. False where it is no longer there. */
  revealSaved?(): Promise<boolean>;
  /** Tells somebody who looks elsewhere. */
  notify?(title: string, body: string): void;
  /** What is told of this machine's recorder while nobody looks; the window's menu has the same choice. */
  readonly wishes?: WishesPort;
}

export interface WishesPort {
  read(): Promise<Wishes>;
  setTopic(id: string, wanted: boolean): Promise<void>;
  setCamera(name: string, wanted: boolean): Promise<void>;
}

export interface Wishes {
  readonly topics: readonly { readonly id: string; readonly label: string; readonly isWanted: boolean }[];
  /** Of these nothing is told. */
  readonly quietCameras: readonly string[];
}

/** Sent to the page when the wishes were changed anywhere. */
export const WISHES_CHANGED = 'afterimage:wishes';

declare global {
  interface Window {
    /** Put there by the desktop window before any script of the page runs. */
    readonly __AFTERIMAGE_DESKTOP__?: Desktop;
  }
}

export const desktop: Desktop = typeof window === 'undefined' ? {} : (window.__AFTERIMAGE_DESKTOP__ ?? {});
