/**
 * What the desktop window can do and a browser can't: a port that is empty in a browser.
 *
 * Belongs here: its shape, and where it comes from. Not here: what is done without it.
 */

export interface Desktop {
  /** Shows a file or folder of this machine in its file manager. False where it is not there. */
  reveal?(path: string): Promise<boolean>;
  /** Asks for a place and saves there what is at the whole address, session and all. False when nobody chose one. */
  saveAs?(url: string, name: string): Promise<boolean>;
  /** Tells somebody who looks elsewhere. */
  notify?(title: string, body: string): void;
}

declare global {
  interface Window {
    /** Put there by the desktop window before any script of the page runs. */
    readonly __AFTERIMAGE_DESKTOP__?: Desktop;
  }
}

export const desktop: Desktop = typeof window === 'undefined' ? {} : (window.__AFTERIMAGE_DESKTOP__ ?? {});
