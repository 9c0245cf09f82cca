import { AsyncLocalStorage } from 'node:async_hooks';
import type { ConnectionState, GroupMetadata, WASocket } from '@whiskeysockets/baileys';
import type { Logger } from 'pino';
import { errorFacts } from '../../domain/errors.ts';
import type { SessionAddress } from '../../domain/session.ts';
import { UnreadableValueError } from '../../store/unreadable-value.ts';
import { accountOf } from './account.ts';
import { closeReason } from './close-reason.ts';
import { CloseTimeout } from './close-timeout.ts';
import { runInErrorDomain } from './error-domain.ts';
import { countDecryptFailures } from './events/decrypt-metrics.ts';
import { drainInbound } from './events/drain-inbound.ts';
import { mapBaileysEvents } from './events/event-mapping.ts';
import { pairingLifetimeMs, qrLifetimeMs } from './events/qr-lifetime.ts';
import { listenForTransportEvents } from './events/transport-events.ts';
import { type CommandResult, type ExecuteCommandDeps, executeCommand } from './execute-command.ts';
import { GroupCache } from './group-cache.ts';
import { type KeepAlive, watch } from './keep-alive.ts';
import { openSocket } from './open-socket.ts';
import type { CloseReason, SocketEvent } from './port.ts';
import { openAuth, type StoredAuth } from './signal/auth-state.ts';
import type { SocketDeps } from './socket-deps.ts';

/** One connection, from dialling to its end. It tells exactly one `socket.closed`, and nothing after it. */
export class Connection {
  readonly #deps: SocketDeps;
  readonly #tell: (fact: SocketEvent) => void;
  readonly #logger: Logger;
  readonly #address: SessionAddress;
  readonly #groups: GroupCache;
  #socket: WASocket | undefined;
  #auth: StoredAuth | undefined;
  #pairingEndsAt: number | undefined;
  readonly #cut = new CloseTimeout(() => this.#finish(this.#reason ?? 'connection_closed'));
  #liveness: KeepAlive | undefined;
  #banMs: number | undefined;
  /** Set when the end comes from our side; it explains the end better than the code that Baileys reports. */
  #reason: CloseReason | undefined;
  /** `closing`: asked to end; `ending`: the other side is gone, what was learnt is being stored. */
  #state: 'open' | 'closing' | 'ending' | 'closed' = 'open';

  constructor(deps: SocketDeps, key: SessionAddress, tell: (fact: SocketEvent) => void) {
    this.#deps = deps;
    this.#address = key;
    this.#groups = new GroupCache(
      (jid) => this.#groupMetadata(jid),
      (group) => this.#factsOfOpenConnection({ type: 'socket.group', group }),
    );
    // What the session does with a fact is not this connection's doing, so it must not inherit its ownership.
    this.#tell = AsyncLocalStorage.bind(tell);
    this.#logger = deps.logger.child({ organization: key.organization, session: key.session });
    this.#owned(() => {
      this.#dial(key).catch((error: unknown) => this.#failStored(error));
    });
  }

  /** Carries out anything but opening and closing; what cannot be done now is dropped, the end is told anyway. */
  perform(command: CommandResult): void {
    const socket = this.#socket;
    if (socket === undefined || this.#state !== 'open') return;
    const deps: ExecuteCommandDeps = {
      tell: this.#factsOfOpenConnection,
      groups: this.#groups,
      fail: (reason, error) => this.#fail(reason, error),
      pairingEndsAt: () => this.#pairingEndsAt ?? this.#deps.now(),
      logger: this.#logger,
    };
    this.#owned(() => executeCommand(socket, command, deps));
  }

  close(reason: CloseReason): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#liveness?.stop();
    this.#reason = reason;
    const socket = this.#socket;
    if (socket === undefined) {
      this.#finish(reason);
      return;
    }
    this.#cut.expect();
    this.#owned(() => {
      this.#end(socket, this.#auth).catch((error: unknown) => this.#crash(error));
    });
  }

  async #end(socket: WASocket, auth: StoredAuth | undefined): Promise<void> {
    if (auth !== undefined && this.#reason === 'stopped') await drainInbound(socket, auth);
    auth?.closeKeys();
    await socket.end(undefined);
  }

  /** Whatever Baileys leaves running behind this belongs to this connection, and so do its crashes. */
  #owned(run: () => void): void {
    runInErrorDomain({ crashed: (error) => this.#crash(error) }, run);
  }

  async #dial(key: SessionAddress): Promise<void> {
    const auth = await openAuth(this.#deps.credentials, key, (error) => this.#failStored(error));
    // Whoever cannot store must not log in: WhatsApp would hand out what it has kept, and take it as received.
    await auth.save();
    if (this.#state !== 'open') return;
    this.#auth = auth;
    const socket = openSocket({
      auth,
      url: this.#deps.whatsappUrl,
      logger: this.#logger,
      groups: this.#groups,
      findForRetry: (id) => this.#deps.findForRetry(this.#address, id),
    });
    this.#socket = socket;
    this.#listen(socket, auth);
  }

  #listen(socket: WASocket, auth: StoredAuth): void {
    socket.ev.on(
      'creds.update',
      this.#guarded(() => this.#save(auth)),
    );
    socket.ev.on(
      'connection.update',
      this.#guarded((update) => this.#onUpdate(update, auth)),
    );
    countDecryptFailures(socket, this.#deps.metrics);
    mapBaileysEvents(socket, {
      tell: this.#factsOfOpenConnection,
      groups: this.#groups,
      findMessage: (id) => this.#deps.findMessage(this.#address, id),
      guarded: (run) => this.#guarded(run),
      onSlip: (error) => this.#logger.warn(errorFacts(error), 'something that WhatsApp told could not be used'),
      now: this.#deps.now,
    });
    listenForTransportEvents(socket, {
      guarded: (run) => this.#guarded(run),
      onTcp: (tcp) => this.#cut.hold(tcp),
      onLogin: () => {
        // Baileys would hold messages back that it has confirmed, until it has caught up: a kill would lose them.
        socket.ev.flush();
        this.#watch(socket);
      },
      onFrame: () => this.#liveness?.heard(),
      onGone: () => auth.closeKeys(),
      onEnding: (banMs) => {
        this.#banMs = banMs;
        this.#cut.expect();
      },
      onRefusedUpgrade: () => this.close('connect_failed'),
    });
  }

  #watch(socket: WASocket): void {
    if (this.#state !== 'open' || this.#liveness !== undefined) return;
    this.#owned(() => {
      this.#liveness = watch(socket, this.#deps.clock, (error) => this.#fail('connection_lost', error));
    });
  }

  #onUpdate(update: Partial<ConnectionState>, auth: StoredAuth): void {
    const { qr, isNewLogin, connection, lastDisconnect } = update;
    if (qr !== undefined) this.#onQr(qr);
    if (isNewLogin === true) this.#tellOnceSaved(auth, 'socket.paired');
    if (connection === 'open') this.#tellOnceSaved(auth, 'socket.opened');
    if (connection === 'close') this.#finish(this.#reason ?? closeReason(lastDisconnect?.error));
  }

  #onQr(code: string): void {
    const now = this.#deps.now();
    const expiresAt = now + qrLifetimeMs(this.#pairingEndsAt === undefined);
    this.#pairingEndsAt ??= now + pairingLifetimeMs;
    this.#factsOfOpenConnection({ type: 'socket.qr', code, expiresAt });
  }

  #groupMetadata(jid: string): Promise<GroupMetadata> {
    return this.#socket?.groupMetadata(jid) ?? Promise.reject(new Error('there is no connection'));
  }

  /** A number is linked, or open for use, only when the credentials that prove it are durable. */
  #tellOnceSaved(auth: StoredAuth, type: 'socket.paired' | 'socket.opened'): void {
    auth.save().then(
      this.#guarded(() => this.#factsOfOpenConnection({ type, account: accountOf(auth.state.creds) })),
      (error: unknown) => this.#failStored(error),
    );
  }

  #save(auth: StoredAuth): void {
    if (this.#state === 'closed') return;
    auth.save().catch((error: unknown) => this.#failStored(error));
  }

  #guarded<A extends unknown[]>(run: (...args: A) => void): (...args: A) => void {
    return (...args) => {
      try {
        run(...args);
      } catch (error) {
        this.#crash(error);
      }
    };
  }

  #crash(error: unknown): void {
    this.#fail('crashed', error);
  }

  #fail(reason: CloseReason, error: unknown): void {
    this.#logger.warn({ reason, ...errorFacts(error) }, 'connection failed');
    this.close(reason);
  }

  /** What is damaged does not come back by waiting, and must not be replaced by another identity. */
  #failStored(error: unknown): void {
    const isUnreadable = error instanceof UnreadableValueError;
    this.#fail(isUnreadable ? 'credentials_unreadable' : 'store_unavailable', error);
  }

  #finish(reason: CloseReason): void {
    if (this.#state === 'ending' || this.#state === 'closed') return;
    this.#state = 'ending';
    this.#auth?.closeKeys();
    // What it has confirmed and not told yet.
    this.#socket?.ev.flush();
    this.#cut.callOff();
    this.#liveness?.stop();
    const banMs = this.#banMs;
    const told = () => {
      this.#state = 'closed';
      this.#tell({ type: 'socket.closed', reason, ...(banMs !== undefined && { banMs }) });
    };
    // What was learnt just before the end (a new login, above all) must be durable before anybody connects again.
    (this.#auth?.save() ?? Promise.resolve()).then(told, told);
  }

  readonly #factsOfOpenConnection = (fact: SocketEvent): void => {
    if (this.#state !== 'closed') this.#tell(fact);
  };
}
