import type { Logger } from 'pino';
import type { Delay } from '../../../domain/clock.ts';
import { done, type Outcome, refused } from '../../../domain/errors.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { Background } from '../../background-tasks.ts';
import type { Watcher } from '../../inspection/subscriber.ts';
import type { Supervisor } from '../../runtime/supervisor.ts';
import { notHostedYet } from '../../session/no-session.ts';
import type { Tenure } from '../membership/node-ownership.ts';
import type { Frames, Watch } from '../rpc/node-message.ts';
import type { Addressee, Courier } from '../rpc/node-rpc.ts';
import type { DistantSessions } from '../rpc/remote-sessions.ts';
import { DistantWatches } from './watch-client.ts';
import { ServedWatches } from './watch-server.ts';

export interface WatchesDeps {
  supervisor: Pick<Supervisor, 'watch'>;
  tenure: Pick<Tenure, 'holdings' | 'membership'>;
  distant: Pick<DistantSessions, 'ownerOf'>;
  courier: Pick<Courier, 'send' | 'post'>;
  self: () => Addressee;
  background: Background;
  delay: Delay;
  logger: Logger;
}

/** Shows what a session does to whoever asks this node, wherever the session is. */
export class Watches {
  readonly #deps: WatchesDeps;
  readonly #distant: DistantWatches;
  readonly #served: ServedWatches;

  constructor(deps: WatchesDeps) {
    this.#deps = deps;
    const { courier } = deps;
    this.#distant = new DistantWatches({ ...deps, post: (to, letter) => courier.post(to, letter) });
    this.#served = new ServedWatches({
      ...deps,
      send: (to, letter) => courier.send(to, letter),
      watchHere: (address, watcher) => this.#watchHere(address, watcher),
    });
  }

  async watch(address: SessionAddress, watcher: Watcher): Promise<Outcome<() => void>> {
    const here = this.#watchHere(address, watcher);
    if (here.ok) return here;
    const { distant, tenure } = this.#deps;
    const owner = await distant.ownerOf(address);
    if (owner === null || !(await tenure.membership.isLiving(owner.incarnation))) return here;
    return done(this.#distant.watch(owner, address, watcher));
  }

  onWatch(watch: Watch): void {
    this.#served.onWatch(watch);
  }

  onFrames(frames: Frames): void {
    this.#distant.onFrames(frames);
  }

  end(): void {
    this.#distant.end();
    this.#served.end();
  }

  #watchHere(address: SessionAddress, watcher: Watcher): Outcome<() => void> {
    const { supervisor, tenure } = this.#deps;
    const isHere = tenure.holdings.stateOf(address) === 'held';
    return isHere ? supervisor.watch(address.session, watcher) : refused(notHostedYet);
  }
}
