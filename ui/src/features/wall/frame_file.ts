/**
 * The frame on the screen as a file: the decoded picture itself, in its own size.
 *
 * Belongs here: its name, and where it goes: what the browser does with downloads, or in the desktop
 * window a place that the person chooses. Not here: which frame.
 */
import { desktop } from '$shared/desktop/desktop';
import type { Notice } from '$shared/notice';

/** `gate_20261123T140542.360Z.png`: sorts by camera and time, in UTC, as clips do. */
export function frameName(camera: string, atMicros: number): string {
  const stamp = new Date(Math.floor(atMicros / 1000)).toISOString().slice(0, 23).replaceAll(/[-:]/g, '');
  return `${camera}_${stamp}Z.png`;
}

/** What became of it; null where the person thought better of it. */
export async function saveCanvas(canvas: HTMLCanvasElement, name: string): Promise<Notice | null> {
  const file = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (file === null) return { words: `${name} could not be made.` };
  const address = URL.createObjectURL(file);
  // Whoever takes the file has taken hold of it by then.
  const release = (): unknown => setTimeout(() => URL.revokeObjectURL(address), 60_000);
  if (desktop.saveAs) {
    try {
      return (await desktop.saveAs(address, name)) ? saved(name) : null;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { words: `${name} could not be saved: ${why}` };
    } finally {
      release();
    }
  }
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  release();
  return { words: `Saved ${name}` };
}

/** The person may have chosen another name: the file manager shows which. */
function saved(name: string): Notice {
  const { revealSaved } = desktop;
  const words = `Saved ${name}`;
  return revealSaved
    ? { words, offer: { label: 'Show in folder', accept: () => void revealSaved() } }
    : { words };
}
