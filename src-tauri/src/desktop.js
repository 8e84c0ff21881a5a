// What the page finds in the desktop window: `ui/src/shared/desktop/desktop.ts` has its shape.
//
// Runs on our own origin alone, before any script of the page; `isHere` says whether the recorder's
// files are on this computer.
(() => {
  const { address, token } = window.__AFTERIMAGE__;
  const ask = (command, words, options) => window.__TAURI_INTERNALS__.invoke(command, words, options);

  async function saveAs(url, name) {
    const from = new URL(url);
    const isRecorders = from.origin === new URL(address).origin;
    if (!isRecorders && from.protocol !== 'blob:') throw new Error('That is no file of this recorder.');
    const file = await ask('save_begin', { name });
    if (file === null) return false;
    try {
      const answer = await fetch(from, isRecorders ? { headers: { authorization: `Bearer ${token}` } } : {});
      if (!answer.ok) {
        const told = await answer.json().catch(() => null);
        throw new Error(told?.message ?? `The recorder answered ${answer.status}.`);
      }
      const pieces = answer.body.getReader();
      for (;;) {
        const { done, value } = await pieces.read();
        if (done) break;
        // Waiting for each keeps the recorder from sending faster than the disk takes it.
        await ask('save_piece', value, {
          headers: { 'afterimage-file': String(file) },
        });
      }
      await ask('save_end', { file });
      return true;
    } catch (error) {
      await ask('save_abandon', { file });
      throw error instanceof Error ? error : new Error(String(error));
    }
  }

  const desktop = {
    saveAs,
    revealSaved: () => ask('reveal_saved'),
    notify: (title, body) => void ask('notify', { title, body }).catch(() => {}),
  };
  // Of a recorder elsewhere nothing is told but what its own page says.
  if (isHere) {
    desktop.reveal = (path) => ask('reveal', { path });
    desktop.wishes = Object.freeze({
      read: () => ask('wishes'),
      setTopic: (topic, wanted) => ask('wish_topic', { topic, wanted }),
      setCamera: (camera, wanted) => ask('wish_camera', { camera, wanted }),
    });
  }
  Object.defineProperty(window, '__AFTERIMAGE_DESKTOP__', {
    value: Object.freeze(desktop),
  });
})();
