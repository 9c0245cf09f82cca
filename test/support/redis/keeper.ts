import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';

/** Ends a process and removes its folder when this process is gone, however it ended: `kill -9` runs no hook of ours. */
export interface Keeper {
  /** Says which process has to be ended; null if there is none. */
  watch(pid: number | null): void;
  /** Does now what it is there for. */
  end(): Promise<void>;
}

/** Its input ends when this process does. A Ctrl-C is meant for this process, too, and not for the keeper. */
const script = `
trap '' HUP INT TERM
pid=
while read -r next; do pid=$next; done
[ -z "$pid" ] || kill -9 "$pid"
rm -rf "$1" || rm -rf "$1"
`;

/** Starts a keeper, which does not keep this process alive. */
export function startKeeper(folder: string): Keeper {
  const child = spawn('/bin/sh', ['-c', script, 'sh', folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  const { stdin } = child;
  if (!(stdin instanceof Socket)) throw new Error('a process without an input');
  child.unref();
  stdin.unref();
  return {
    watch: (pid) => {
      stdin.write(`${pid ?? ''}\n`);
    },
    end: async () => {
      child.ref();
      const ended = once(child, 'exit');
      stdin.end();
      await ended;
    },
  };
}
