/** The frame on the screen as a file: the decoded picture itself, in its own size. */

/** `gate_20261123T140542.360Z.png`: sorts by camera and time, in UTC, as clips do. */
export function frameName(camera: string, atMicros: number): string {
  const stamp = new Date(Math.floor(atMicros / 1000)).toISOString().slice(0, 23).replaceAll(/[-:]/g, '');
  return `${camera}_${stamp}Z.png`;
}

/** False where the browser can't make the file. */
export async function saveCanvas(canvas: HTMLCanvasElement, name: string): Promise<boolean> {
  const file = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (file === null) return false;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has taken hold of the file by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return true;
}
