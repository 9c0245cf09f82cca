import type { Logger } from 'pino';
import { type Delay, pause } from '../../domain/delay.ts';
import { errorFacts, type Outcome, refused, storeUnavailable } from '../../domain/errors.ts';
import type { SessionAddress, SessionRecord, SessionState } from '../../domain/session.ts';
import { sessionMoved } from '../../store/fenced-store.ts';
import type { GatewayStore } from '../../store/gateway-store.ts';
import { type Mail, mail } from '../../store/mail.ts';
import { type OwnerEntry, type Owners, owners } from '../../store/owners.ts';
import type { Sessions } from '../../store/sessions.ts';
import { type States, states } from '../../store/states.ts';
import type { Background } from '../background.ts';
import type { Clock } from '../clock.ts';
import { sessionNotFound } from '../no-session.ts';
import type { Recorder } from '../recorder.ts';
import type { Answer } from '../session/commands.ts';
import type { Supervisor } from '../supervisor.ts';
import { type Notice, type Request, type Switchboard, stateAtRest, type Whereabouts } from '../switchboard.ts';
import { Courier } from './courier.ts';
import { type Ask, type Letter, LetterSchema, type Result, type Tell } from './letter.ts';
import { Moves } from './moves.ts';
import { Placement } from './placement.ts';
import type { Tenure } from './tenure.ts';

/** How long a request waits for a session that is on its way from one node to another. */
const movingMs = 5_000;
const lookAgainMs = 100;

/** How soon a send is found whose owner was not told of it. */
const remindMs = 5_000;

export interface ClusterDeps {
  tenure: Tenure;
  /** The store as everybody may write to it. */
  store: GatewayStore;
  sessions: Sessions;
  supervisor: Supervisor;
  recorder: Pick<Recorder, 'recorded'>;
  background: Background;
  sendTimeoutMs: number;
  /** How long a session may take to answer what is no send. */
  answerTimeoutMs: number;
  clock: Clock;
  delay: Delay;
  random: () => number;
  /** Epoch milliseconds. */
  now: () => number;
  logger: Logger;
}

/** The sessions of several nodes that share a store: each is on one of them, and can be reached from all. */
export class Cluster implements Switchboard {
  readonly #deps: ClusterDeps;
  readonly #owners: Owners;
  readonly #states: States;
  readonly #mail: Mail<Letter>;
  readonly #courier: Courier;
  readonly #placement: Placement;
  readonly #moves: Moves;
  #callOffReminder: () => void = () => undefined;

  constructor(deps: ClusterDeps) {
    this.#deps = deps;
    const { tenure, store, sessions, supervisor } = deps;
    const { membership, holdings } = tenure;
    this.#owners = owners(store, deps.now);
    this.#states = states(store);
    this.#mail = mail(store, LetterSchema);
    this.#courier = new Courier({
      ...deps,
      mail: this.#mail,
      self: () => ({ incarnation: membership.incarnation, nodeId: membership.nodeId }),
      isLiving: (incarnation) => membership.known.some((node) => node.incarnation === incarnation),
      onAsk: (ask) => this.#onAsk(ask),
      onTell: (tell) => this.#onTell(tell),
    });
    this.#moves = new Moves({
      ...deps,
      owners: this.#owners,
      offer: (address, heir) => this.#courier.tell(heir, address, 'session.offered'),
    });
    this.#placement = new Placement({
      ...deps,
      ...{ sessions, owners: this.#owners, membership, holdings },
      claim: (address, found) => this.#moves.claim(address, found),
      idlest: () => supervisor.idlest(),
      handOver: (address, heir) => this.#moves.handOver(address, heir),
      onDeleted: (address) => this.#moves.moveOut(address),
    });
    tenure.onEnd = (address) => supervisor.dismiss(address.session);
  }

  async start(): Promise<void> {
    const { membership } = this.#deps.tenure;
    await membership.start();
    await this.#mail.open(membership.nodeId);
    await this.#mail.clear(new Set(membership.known.map(({ nodeId }) => nodeId)));
    await this.#courier.start();
    this.#placement.start();
    this.#remindLater();
  }

  /** Hands all sessions over to the other nodes. */
  async drain(): Promise<void> {
    this.#callOffReminder();
    await this.#placement.end();
    await this.#moves.leave();
  }

  /** Takes no more answers, and leaves. */
  async end(): Promise<void> {
    await this.#courier.end();
    await this.#deps.tenure.membership.leave().catch((error: unknown) => {
      this.#deps.logger.warn(errorFacts(error), 'the other nodes could not be told that this one has ended');
    });
  }

  async ask(address: SessionAddress, request: Request): Promise<Outcome<Answer>> {
    const { clock, delay, store } = this.#deps;
    const until = clock.now() + movingMs;
    for (;;) {
      if (store.health.state === 'failing') return refused(storeUnavailable);
      const result = await this.#try(address, request);
      if (result !== 'elsewhere') return result;
      if (clock.now() >= until) return refused(sessionMoved);
      await pause(delay, lookAgainMs, new AbortController().signal);
    }
  }

  tell(address: SessionAddress, notice: Notice): void {
    const { supervisor, background, logger } = this.#deps;
    const host = supervisor.find(address.session);
    if (host !== undefined) {
      host.tell({ type: notice });
      return;
    }
    background.run(this.#tellOwner(address, notice), (error) => {
      logger.debug({ ...address, ...errorFacts(error) }, 'another node could not be told');
    });
  }

  async whereabouts(records: readonly SessionRecord[]): Promise<Whereabouts[]> {
    const { supervisor, tenure } = this.#deps;
    const isHere = ({ id }: SessionRecord): boolean => supervisor.find(id) !== undefined;
    const away = records.filter((record) => !isHere(record)).map(addressOf);
    const [found, told] = await Promise.all([this.#owners.findMany(away), this.#states.findMany(away)]);
    return Promise.all(
      records.map(async (record) => {
        const state = supervisor.find(record.id)?.state;
        if (state !== undefined) return { state, nodeId: tenure.membership.nodeId };
        const index = away.findIndex(({ session }) => session === record.id);
        return this.#whereaboutsOf(record, found[index] ?? null, told[index] ?? null);
      }),
    );
  }

  async open(record: SessionRecord): Promise<void> {
    // It was taken by the one who made it, unless that node has no lease; then somebody finds it.
    await this.#moves.claim(addressOf(record), null);
  }

  async close(address: SessionAddress): Promise<void> {
    this.#moves.moveOut(address);
    await this.#tellOwner(address, 'session.deleted');
    await this.#owners.forget(address);
  }

  async #try(address: SessionAddress, request: Request): Promise<Result> {
    const { tenure, sessions } = this.#deps;
    const { membership, holdings } = tenure;
    if (holdings.stateOf(address) === 'held') return this.#askHere(address, request);
    const owner = (await this.#owners.find(address))?.owner;
    if (owner === undefined) return (await sessions.find(address)) === null ? refused(sessionNotFound) : 'elsewhere';
    if (owner.incarnation === null || owner.nodeId === null) return 'elsewhere';
    if (owner.incarnation === membership.incarnation) return 'elsewhere';
    if (!(await membership.isLiving(owner.incarnation))) return refused(sessionMoved);
    return this.#courier.ask({ incarnation: owner.incarnation, nodeId: owner.nodeId }, address, request);
  }

  async #askHere(address: SessionAddress, request: Request): Promise<Result> {
    const { supervisor, tenure } = this.#deps;
    if (tenure.holdings.stateOf(address) !== 'held') return 'elsewhere';
    const outcome = await supervisor.ask(address.session, request);
    const isLeaving = tenure.holdings.stateOf(address) !== 'held';
    return !outcome.ok && (isLeaving ? isUndone : isNotThereYet)(outcome.refusal.details) ? 'elsewhere' : outcome;
  }

  #onAsk({ organization, session, command }: Ask): Promise<Result> {
    return this.#askHere({ organization, session }, command);
  }

  #onTell({ organization, session, notice }: Tell): void {
    const address = { organization, session };
    const { supervisor, tenure, background, logger } = this.#deps;
    if (notice === 'session.offered') {
      const taking = this.#owners.find(address).then(async (found) => {
        if (found?.owner.heir === tenure.membership.incarnation) await this.#moves.claim(address, found);
      });
      background.run(taking, (error) =>
        logger.warn({ ...address, ...errorFacts(error) }, 'a session was not taken over'),
      );
    } else if (notice === 'session.deleted') {
      this.#moves.moveOut(address);
    } else {
      supervisor.find(session)?.tell({ type: notice });
    }
  }

  async #tellOwner(address: SessionAddress, notice: Tell['notice']): Promise<void> {
    const owner = (await this.#owners.find(address))?.owner;
    const { incarnation = null, nodeId = null } = owner ?? {};
    if (incarnation === null || nodeId === null || incarnation === this.#deps.tenure.membership.incarnation) return;
    this.#courier.tell({ incarnation, nodeId }, address, notice);
  }

  async #whereaboutsOf(
    record: SessionRecord,
    found: OwnerEntry | null,
    told: SessionState | null,
  ): Promise<Whereabouts> {
    const { incarnation = null, nodeId = null } = found?.owner ?? {};
    const hasOwner = incarnation !== null && (await this.#deps.tenure.membership.isLiving(incarnation));
    if (hasOwner && told !== null) return { state: told, nodeId };
    const rest = stateAtRest(record);
    const state: SessionState =
      record.resting === null ? { ...rest, status: 'connecting', reason: hasOwner ? null : 'session_moving' } : rest;
    return { state, nodeId: hasOwner ? nodeId : null };
  }

  #remindLater(): void {
    const { delay, supervisor } = this.#deps;
    this.#callOffReminder = delay(remindMs, () => {
      for (const { session } of supervisor.addresses()) supervisor.find(session)?.tell({ type: 'outbox.queued' });
      this.#remindLater();
    });
  }
}

function addressOf({ organization, id: session }: SessionRecord): SessionAddress {
  return { organization, session };
}

/** A refusal of a session that is on its way to rest, which has begun nothing. */
function isUndone(details: { status?: unknown; reason?: unknown } = {}): boolean {
  return details.status === 'draining' || isNotThereYet(details);
}

function isNotThereYet({ reason }: { reason?: unknown } = {}): boolean {
  return reason === 'session_starting';
}
