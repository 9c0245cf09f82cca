import { AsyncLocalStorage } from 'node:async_hooks';
import type { ConnectionState, WASocket } from '@whiskeysockets/baileys';
import type { Logger } from 'pino';
import { errorFacts } from '../../domain/errors.ts';
import type { SessionAddress } from '../../domain/session.ts';
import { UnreadableValueError } from '../../store/unreadable-value.ts';
import { accountOf } from './account.ts';
import { Client } from './client.ts';
import { closeReason } from './close-reason.ts';
import type { ConnectionCommand } from './commands/execute-command.ts';
import type { ConnectionContext } from './connection-context.ts';
import { runInErrorDomain } from './error-domain.ts';
import { drainInbound } from './events/drain-inbound.ts';
import { openJournal } from './events/open-journal.ts';
import { listenForTransportEvents } from './events/transport-events.ts';
import type { CloseReason, SocketEvent } from './port.ts';
import { isLinked, openAuth, type StoredAuth } from './signal/auth-state.ts';
import type { SocketDeps } from './socket-deps.ts';
import { CloseTimeout } from './transport/close-timeout.ts';
import { type KeepAlive, startKeepAlive } from './transport/keep-alive.ts';

/** One connection, from dialling to its end. It emits exactly one `socket.closed`, and nothing after that. */
export class Connection {
  readonly #deps: SocketDeps;
  readonly #emit: (event: SocketEvent) => void;
  readonly #logger: Logger;
  readonly #closing = new AbortController();
  #client: Client | undefined;
  #auth: StoredAuth | undefined;
  readonly #closeTimeout = new CloseTimeout(() => this.#finish(this.#reason ?? 'connection_closed'));
  #keepAlive: KeepAlive | undefined;
  #banMs: number | undefined;
  /** Set when this side closes the connection; it is more precise than the code that Baileys reports. */
  #reason: CloseReason | undefined;
  /** `closing`: asked to close; `ending`: disconnected, the credentials are being stored. */
  #state: 'open' | 'closing' | 'ending' | 'closed' = 'open';

  constructor(deps: SocketDeps, address: SessionAddress, emit: (event: SocketEvent) => void) {
    this.#deps = deps;
    // The session's reaction to an event must not run in this connection's error domain.
    this.#emit = AsyncLocalStorage.bind(emit);
    this.#logger = deps.logger.child({ organization: address.organization, session: address.session });
    this.#inDomain(() => {
      this.#dial(address).catch((error: unknown) => this.#failStored(error));
    });
  }

  /** Commands to a connection that is not open are dropped: its end is reported anyway. */
  execute(command: ConnectionCommand): void {
    this.#inDomain(() => this.#client?.execute(command));
  }

  close(reason: CloseReason): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#closing.abort();
    this.#keepAlive?.stop();
    this.#reason = reason;
    const socket = this.#client?.socket;
    if (socket === undefined) {
      this.#finish(reason);
      return;
    }
    this.#closeTimeout.arm();
    this.#inDomain(() => {
      this.#end(socket, this.#auth).catch((error: unknown) => this.#crash(error));
    });
  }

  async #end(socket: WASocket, auth: StoredAuth | undefined): Promise<void> {
    if (auth !== undefined && this.#reason === 'stopped') await drainInbound(socket, auth);
    auth?.closeKeys();
    await socket.end(undefined);
  }

  /** Everything that Baileys starts from here on belongs to this connection, and so do its uncaught errors. */
  #inDomain(run: () => void): void {
    runInErrorDomain({ crashed: (error) => this.#crash(error) }, run);
  }

  async #dial(address: SessionAddress): Promise<void> {
    const auth = await openAuth(this.#deps.credentials, address, (error) => this.#failStored(error));
    // No login without a working store: WhatsApp would deliver the offline messages and count them as received.
    await auth.save();
    const isOnline = await this.#deps.isOnline(address);
    if (this.#state !== 'open') return;
    this.#auth = auth;
    const context = this.#context();
    const journal = await openJournal(this.#deps, address, auth, context);
    if (this.#state !== 'open') return;
    this.#client = new Client({ deps: this.#deps, address, auth, journal, isOnline, context });
    this.#listen(this.#client.socket, auth);
  }

  #context(): ConnectionContext {
    return {
      emit: (event) => {
        if (this.#state !== 'closed') this.#emit(event);
      },
      guarded: (run) => this.#guarded(run),
      fail: (reason, error) => this.#fail(reason, error),
      failStored: (error) => this.#failStored(error),
      close: (reason) => this.close(reason),
      closing: this.#closing.signal,
      logger: this.#logger,
    };
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
    listenForTransportEvents(socket, {
      guarded: (run) => this.#guarded(run),
      onTcp: (tcp) => this.#closeTimeout.attach(tcp),
      onLogin: () => {
        // Baileys would buffer messages that it has confirmed until it has caught up: a kill would lose them.
        socket.ev.flush();
        this.#startKeepAlive(socket);
      },
      onFrame: () => this.#keepAlive?.onFrame(),
      onDisconnect: () => auth.closeKeys(),
      onEnding: (banMs) => {
        this.#banMs = banMs;
        this.#closeTimeout.arm();
      },
      onRefusedUpgrade: () => this.close('connect_failed'),
    });
  }

  #startKeepAlive(socket: WASocket): void {
    if (this.#state !== 'open' || this.#keepAlive !== undefined) return;
    this.#inDomain(() => {
      this.#keepAlive = startKeepAlive(socket, this.#deps.clock, (error) => this.#fail('connection_lost', error));
    });
  }

  #onUpdate(update: Partial<ConnectionState>, auth: StoredAuth): void {
    const { isNewLogin, connection, lastDisconnect } = update;
    if (isNewLogin === true) this.#emitOnceSaved(auth, 'socket.paired');
    // WhatsApp accepts a login only; an offer to link that is answered so is still open.
    if (connection === 'open' && isLinked(auth.state.creds)) this.#emitOnceSaved(auth, 'socket.opened');
    if (connection === 'close') this.#finish(this.#reason ?? closeReason(lastDisconnect?.error));
  }

  /** Linking and logins are reported only when their credentials are durable. */
  #emitOnceSaved(auth: StoredAuth, type: 'socket.paired' | 'socket.opened'): void {
    auth.save().then(
      this.#guarded(() => {
        if (this.#state !== 'closed') this.#emit({ type, account: accountOf(auth.state.creds) });
      }),
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

  /** Unreadable credentials do not recover with the store, and must not be replaced by a new identity. */
  #failStored(error: unknown): void {
    const isUnreadable = error instanceof UnreadableValueError;
    this.#fail(isUnreadable ? 'credentials_unreadable' : 'store_unavailable', error);
  }

  #finish(reason: CloseReason): void {
    if (this.#state === 'ending' || this.#state === 'closed') return;
    this.#state = 'ending';
    this.#auth?.closeKeys();
    this.#closing.abort();
    this.#client?.stop();
    this.#closeTimeout.cancel();
    this.#keepAlive?.stop();
    const banMs = this.#banMs;
    const onSaved = () => {
      this.#state = 'closed';
      this.#emit({ type: 'socket.closed', reason, ...(banMs !== undefined && { banMs }) });
    };
    // Credentials that changed just before the end (by linking, above all) must be durable before the next connection.
    (this.#auth?.save() ?? Promise.resolve()).then(onSaved, onSaved);
  }
}
