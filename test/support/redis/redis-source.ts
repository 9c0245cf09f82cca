/** Settings of a Redis, as on its command line: `{ appendonly: 'yes' }` is `--appendonly yes`. */
export type RedisSettings = Readonly<Record<string, string>>;

/** A Redis that a test has to itself. Disposing of it ends it and removes its data. */
export interface RedisServer extends AsyncDisposable {
  /** Stays the same over `kill` and `start`. */
  readonly url: string;
  /** Ends it as `kill -9` does, also while it is paused. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, at the same address and on what is left of its data. */
  start(): Promise<void>;
  /** Stops it without ending it: connections stay open, and nothing is answered. */
  pause(): Promise<void>;
  /** Lets it go on after `pause`. */
  resume(): Promise<void>;
}

/** Where the tests have their Redis from. */
export interface RedisSource {
  readonly name: 'server' | 'binary' | 'docker' | 'debian';
  /** Without settings it writes nothing to the disk. Rejects if it cannot be started with them. */
  start(settings: RedisSettings): Promise<RedisServer>;
}

const defaults: RedisSettings = { save: '', appendonly: 'no' };

/** The settings as arguments of the program. */
export function argumentsOf(settings: RedisSettings): string[] {
  return Object.entries({ ...defaults, ...settings }).flatMap(([name, value]) => [`--${name}`, ...value.split(' ')]);
}
