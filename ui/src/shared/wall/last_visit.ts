/**
 * Which cameras stood on the wall when it was last looked at: their pictures can be on the way before the
 * recorder has said which cameras there are.
 */
const KEY = 'afterimage.shown';
const MOST = 16;

/** None at a first visit. */
export function camerasOfLastVisit(recorder: string): readonly string[] {
  const names = kept()[recorder];
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string').slice(0, MOST) : [];
}

export function rememberCameras(recorder: string, names: readonly string[]): void {
  if (String(camerasOfLastVisit(recorder)) === String(names)) return;
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...kept(), [recorder]: names }));
  } catch {
    // Then the next visit waits for the recorder's answer.
  }
}

function kept(): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
