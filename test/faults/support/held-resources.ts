import { createHook } from 'node:async_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Preloaded into a gateway: at SIGUSR2 it collects its garbage and prints a line of JSON with what it holds on to then.
 * `timers` counts also those that keep no process alive, `listeners` those of the process itself.
 */
setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
const timers = new Set<number>();

createHook({
  init: (id, type) => {
    if (type === 'Timeout') timers.add(id);
  },
  destroy: (id) => void timers.delete(id),
}).enable();

process.on('SIGUSR2', () => {
  collect();
  // What was finalized by the first collection is freed by the second.
  setImmediate(() => {
    collect();
    const { rss, heapUsed } = process.memoryUsage();
    const sockets = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
    const held = { rss, heapUsed, sockets, timers: timers.size, listeners };
    process.stdout.write(`${JSON.stringify({ held })}\n`);
  });
});
