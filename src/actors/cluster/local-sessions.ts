import { type Outcome, refused } from '../../domain/errors.ts';
import type { SessionAddress } from '../../domain/session.ts';
import type { Subscriber } from '../inspection/subscriber.ts';
import type { SessionRequest } from '../runtime/session-router.ts';
import type { Supervisor } from '../runtime/supervisor.ts';
import { notHostedYet } from '../session/refusals.ts';
import type { NodeOwnership } from './membership/node-ownership.ts';
import type { ResponseMessage } from './rpc/node-message.ts';

export interface LocalSessionsDeps {
  supervisor: Pick<Supervisor, 'ask' | 'watch'>;
  ownership: Pick<NodeOwnership, 'ownedSessions'>;
}

/** The sessions that this node owns, as this node and the others reach them. */
export class LocalSessions {
  readonly #deps: LocalSessionsDeps;

  constructor(deps: LocalSessionsDeps) {
    this.#deps = deps;
  }

  owns(address: SessionAddress): boolean {
    return this.#deps.ownership.ownedSessions.stateOf(address) === 'owned';
  }

  /** `elsewhere`: this node does not own the session, or not any more, and nothing was done. */
  async request(address: SessionAddress, request: SessionRequest): Promise<ResponseMessage> {
    if (!this.owns(address)) return 'elsewhere';
    const outcome = await this.#deps.supervisor.ask(address.session, request);
    if (outcome.ok) return outcome;
    const { details } = outcome.refusal;
    return isNotHosted(details) || (!this.owns(address) && isDraining(details)) ? 'elsewhere' : outcome;
  }

  /** Forwards frames to the subscriber; yields a function that ends that. */
  watch(address: SessionAddress, subscriber: Subscriber): Outcome<() => void> {
    return this.owns(address) ? this.#deps.supervisor.watch(address.session, subscriber) : refused(notHostedYet);
  }
}

/** The refusal of a session that is shutting down, which has begun nothing. */
function isDraining({ status }: { status?: unknown } = {}): boolean {
  return status === 'draining';
}

function isNotHosted({ reason }: { reason?: unknown } = {}): boolean {
  return reason === 'session_starting';
}
