// What the web view's process takes of the machine, as the system counts it.
//
// Belongs here: which process it is, its memory and its time on the processor. Not here: how much that
// may be.

import { readFile, readdir } from 'node:fs/promises';

/** As much of `WebKitWebProcess` as the system keeps of a name. */
const NAME = 'WebKitWebProces';

/** The one that was started, however indirectly, by this test. */
export async function webProcess() {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = new Map();
  for (const pid of numbers) {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    // Its name is in brackets, and may have any letter in it; state and parent follow.
    const [, name, parent] = text?.match(/\((.*)\) \S (\d+)/s) ?? [];
    if (name !== undefined) all.set(Number(pid), { name, parent: Number(parent) });
  }
  const isOurs = (pid) => pid === process.pid || (all.has(pid) && isOurs(all.get(pid).parent));
  const found = [...all].filter(([pid, { name }]) => name === NAME && isOurs(pid));
  if (found.length !== 1) throw new Error(`${found.length} processes of ours are called ${NAME}`);
  return found[0][0];
}

/** Megabytes; what is shared with other processes is counted in parts. */
export async function memoryOf(pid) {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(text.match(/^Pss:\s+(\d+) kB/m)[1]) / 1000;
}

/** Milliseconds that its threads have had the processor, all together. */
export async function processorMs(pid) {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // Fields 14 and 15 of proc(5), of which two are cut off; in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
