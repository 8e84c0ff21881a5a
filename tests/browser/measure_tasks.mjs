/**
 * How long a page's main thread was busy with one task: by the clock, and by the processor's own time.
 *
 * Belongs here: Chromium's trace, from outside the page. Not here: what it must be. A machine that does
 * other work as well takes the thread off the processor in the middle of a task: its own time tells what
 * the console is the cause of.
 */
import { once } from 'node:events';

const THREAD = 'CrRendererMain';

/** Watches all tasks until the answer is called, which tells the longest in milliseconds. */
export async function watchTasks(browser) {
  const session = await browser.newBrowserCDPSession();
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  const traceConfig = { recordMode: 'recordUntilFull', includedCategories: ['toplevel'] };
  await session.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig });
  return async () => {
    const over = once(session, 'Tracing.tracingComplete');
    await session.send('Tracing.end');
    await over;
    await session.detach();
    const place = ({ pid, tid }) => `${pid} ${tid}`;
    const named = events.filter(({ name, args }) => name === 'thread_name' && args.name === THREAD);
    const threads = new Set(named.map(place));
    const tasks = events.filter((event) => event.ph === 'X' && event.tdur > 0 && threads.has(place(event)));
    const longest = (of) => Math.max(0, ...tasks.map((task) => of(task) / 1000));
    return {
      count: tasks.length,
      byClock: longest(({ dur }) => dur),
      // Some kernels count the processor's time in ticks: no task has had more of it than it took.
      byProcessor: longest(({ dur, tdur }) => Math.min(dur, tdur)),
    };
  };
}
