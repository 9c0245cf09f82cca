/**
 * Preloaded into every test process: timers of five seconds and more do not keep it alive. Baileys leaves some of up
 * to a minute behind when a connection ends, and a test file would wait for them. (`--test-force-exit` is no way out:
 * it ends a process before all of its results have been read.)
 */
const shortestMs = 5_000;

const { setTimeout: original } = globalThis;

function setUnheldTimeout(...args: Parameters<typeof original>): NodeJS.Timeout {
  const timer = Reflect.apply(original, globalThis, args);
  return (args[1] ?? 0) >= shortestMs ? timer.unref() : timer;
}

// Promisified use goes by a property of the original.
Object.defineProperties(setUnheldTimeout, Object.getOwnPropertyDescriptors(original));
Object.defineProperty(globalThis, 'setTimeout', { value: setUnheldTimeout, writable: true, configurable: true });
