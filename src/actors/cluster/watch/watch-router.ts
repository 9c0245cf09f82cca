import type { Logger } from 'pino';
import type { ScheduleTimer } from '../../../domain/clock.ts';
import { done, type Outcome, refused } from '../../../domain/errors.ts';
import type { SessionAddress } from '../../../domain/session.ts';
import type { BackgroundTasks } from '../../background-tasks.ts';
import type { Subscriber } from '../../inspection/subscriber.ts';
import type { Supervisor } from '../../runtime/supervisor.ts';
import { notHostedYet } from '../../session/refusals.ts';
import type { NodeOwnership } from '../membership/node-ownership.ts';
import type { FramesMessage, WatchMessage } from '../rpc/node-message.ts';
import type { NodeAddress, NodeRpc } from '../rpc/node-rpc.ts';
import type { RemoteSessions } from '../rpc/remote-sessions.ts';
import { WatchClient } from './watch-client.ts';
import { WatchServer } from './watch-server.ts';

export interface WatchRouterDeps {
  supervisor: Pick<Supervisor, 'watch'>;
  tenure: Pick<NodeOwnership, 'holdings' | 'membership'>;
  distant: Pick<RemoteSessions, 'ownerOf'>;
  courier: Pick<NodeRpc, 'send' | 'post'>;
  self: () => NodeAddress;
  background: BackgroundTasks;
  delay: ScheduleTimer;
  logger: Logger;
}

/** Shows what a session does to whoever asks this node, wherever the session is. */
export class WatchRouter {
  readonly #deps: WatchRouterDeps;
  readonly #distant: WatchClient;
  readonly #served: WatchServer;

  constructor(deps: WatchRouterDeps) {
    this.#deps = deps;
    const { courier } = deps;
    this.#distant = new WatchClient({ ...deps, post: (to, letter) => courier.post(to, letter) });
    this.#served = new WatchServer({
      ...deps,
      send: (to, letter) => courier.send(to, letter),
      watchHere: (address, watcher) => this.#watchHere(address, watcher),
    });
  }

  async watch(address: SessionAddress, watcher: Subscriber): Promise<Outcome<() => void>> {
    const here = this.#watchHere(address, watcher);
    if (here.ok) return here;
    const { distant, tenure } = this.#deps;
    const owner = await distant.ownerOf(address);
    if (owner === null || !(await tenure.membership.isLiving(owner.incarnation))) return here;
    return done(this.#distant.watch(owner, address, watcher));
  }

  onWatch(watch: WatchMessage): void {
    this.#served.onWatch(watch);
  }

  onFrames(frames: FramesMessage): void {
    this.#distant.onFrames(frames);
  }

  end(): void {
    this.#distant.end();
    this.#served.end();
  }

  #watchHere(address: SessionAddress, watcher: Subscriber): Outcome<() => void> {
    const { supervisor, tenure } = this.#deps;
    const isHere = tenure.holdings.stateOf(address) === 'held';
    return isHere ? supervisor.watch(address.session, watcher) : refused(notHostedYet);
  }
}
