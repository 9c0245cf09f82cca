/**
 * Mutes the console permanently: libsignal prints whole sessions to it, private keys included. The process writes its own
 * output to standard output directly.
 */
export function silenceConsole(): void {
  const nothing = () => undefined;
  Object.assign(console, {
    log: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    debug: nothing,
    trace: nothing,
  });
}
