/** A file of an export onto this machine, where a plain link does not do. */
import type { Backend } from '$backend/backend';
import { desktop } from '$shared/desktop/desktop';

/** Why not, in a sentence; null when it went well or was given up. */
export async function saveFile(backend: Backend, id: number, name: string): Promise<string | null> {
  if (desktop.saveAs) {
    try {
      await desktop.saveAs(new URL(backend.exportAddress(id, name).href, location.href).href, name);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : `${name} could not be saved.`;
    }
  }
  const answer = await backend.exportFile(id, name);
  if (!answer.ok) return answer.message;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(answer.value);
  link.download = name;
  link.click();
  // The browser has taken hold of the file by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  return null;
}
