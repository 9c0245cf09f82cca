/**
 * Makes the console say nothing, for good. libsignal prints whole sessions, private keys included, through it; the
 * process writes what it has to say to its standard output itself.
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
