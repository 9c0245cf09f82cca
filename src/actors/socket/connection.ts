import { AsyncLocalStorage } from 'node:async_hooks';
import type { ConnectionState, WASocket } from '@whiskeysockets/baileys';
import type { Logger } from 'pino';
import { errorFacts } from '../../domain/errors.ts';
import type { SessionAddress } from '../../domain/session.ts';
import { UnreadableValueError } from '../../store/unreadable-value.ts';
import { accountOf } from './account.ts';
import { closeReason } from './close-reason.ts';
import { type ConnectionGroups, connectionGroups } from './commands/connection-groups.ts';
import { type ConnectionCommand, type ExecuteCommandDeps, executeCommand } from './commands/execute-command.ts';
import { Presence } from './commands/presence.ts';
import { QueryWatch } from './commands/query-watch.ts';
import { SocketDevices } from './devices/socket-devices.ts';
import { runInErrorDomain } from './error-domain.ts';
import { countDecryptFailures } from './events/decrypt-metrics.ts';
import { drainInbound } from './events/drain-inbound.ts';
import { mapBaileysEvents } from './events/event-mapping.ts';
import type { MessageMappingDeps } from './events/map-message.ts';
import { OfferedQr } from './events/offered-qr.ts';
import { openJournal } from './events/open-journal.ts';
import { alternateOf } from './events/people.ts';
import { guardStanzas } from './events/stanza-guards.ts';
import { listenForTransportEvents } from './events/transport-events.ts';
import { startUpkeep, type Upkeep } from './events/upkeep.ts';
import { PasskeyLinking } from './passkey/passkey-linking.ts';
import type { CloseReason, SocketEvent } from './port.ts';
import { isLinked, openAuth, type StoredAuth } from './signal/auth-state.ts';
import type { DecryptionJournal } from './signal/decryption-journal.ts';
import type { SocketDeps } from './socket-deps.ts';
import { CloseTimeout } from './transport/close-timeout.ts';
import { type KeepAlive, startKeepAlive } from './transport/keep-alive.ts';
import { openSocket } from './transport/open-socket.ts';

/** One connection, from dialling to its end. It emits exactly one `socket.closed`, and nothing after that. */
export class Connection {
  readonly #deps: SocketDeps;
  readonly #emit: (event: SocketEvent) => void;
  readonly #logger: Logger;
  readonly #mapping: MessageMappingDeps;
  readonly #groups: ConnectionGroups;
  readonly #devices: SocketDevices;
  #socket: WASocket | undefined;
  #upkeep: Upkeep | undefined;
  readonly #closing = new AbortController();
  #presence: Presence | undefined;
  #queries: QueryWatch | undefined;
  #auth: StoredAuth | undefined;
  #passkey: PasskeyLinking | undefined;
  readonly #qr: OfferedQr;
  readonly #closeTimeout = new CloseTimeout(() => this.#finish(this.#reason ?? 'connection_closed'));
  #keepAlive: KeepAlive | undefined;
  #banMs: number | undefined;
  /** Set when this side closes the connection; it is more precise than the code that Baileys reports. */
  #reason: CloseReason | undefined;
  /** `closing`: asked to close; `ending`: disconnected, the credentials are being stored. */
  #state: 'open' | 'closing' | 'ending' | 'closed' = 'open';

  constructor(deps: SocketDeps, address: SessionAddress, emit: (event: SocketEvent) => void) {
    this.#deps = deps;
    this.#qr = new OfferedQr(deps.now, (event) => this.#emitUnlessClosed(event));
    // The session's reaction to an event must not run in this connection's error domain.
    this.#emit = AsyncLocalStorage.bind(emit);
    this.#logger = deps.logger.child({ organization: address.organization, session: address.session });
    this.#mapping = {
      emit: this.#emitUnlessClosed,
      findMessage: (id) => deps.findMessage(address, id),
      alternateOf: async (jid) => (this.#socket === undefined ? null : alternateOf(this.#socket, jid)),
      forgetJournaled: (name) => deps.forgetJournaled(address, name),
      onMappingError: (error) => this.#logger.warn(errorFacts(error), 'inbound WhatsApp event could not be parsed'),
      now: deps.now,
    };
    this.#groups = connectionGroups({
      socket: () => this.#socket,
      emit: this.#emitUnlessClosed,
      execute: (send) => this.execute(send),
      onStoreFailure: (error) => this.#failStored(error),
      logger: this.#logger,
      clock: deps.clock,
    });
    this.#devices = new SocketDevices({
      groups: this.#groups.cache,
      onError: (error) => {
        if (this.#state === 'open') this.#logger.warn(errorFacts(error), 'devices of a contact could not be updated');
      },
      now: deps.now,
    });
    this.#inDomain(() => {
      this.#dial(address).catch((error: unknown) => this.#failStored(error));
    });
  }

  /** Commands to a connection that is not open are dropped: its end is reported anyway. */
  execute(command: ConnectionCommand): void {
    const [socket, upkeep, presence, queries] = [this.#socket, this.#upkeep, this.#presence, this.#queries];
    if (socket === undefined || upkeep === undefined || presence === undefined) return;
    if (queries === undefined || this.#state !== 'open') return;
    const deps: ExecuteCommandDeps = {
      ...upkeep,
      emit: this.#emitUnlessClosed,
      groups: this.#groups,
      presence,
      after: this.#deps.clock.after,
      closing: this.#closing.signal,
      passkey: this.#passkey,
      devices: this.#devices,
      queries,
      fail: (reason, error) => this.#fail(reason, error),
      pairingEndsAt: () => this.#qr.endsAt,
      logger: this.#logger,
    };
    this.#inDomain(() => executeCommand(socket, command, deps));
  }

  close(reason: CloseReason): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#closing.abort();
    this.#keepAlive?.stop();
    this.#reason = reason;
    const socket = this.#socket;
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
    const journal = await openJournal(this.#deps, address, auth, this.#mapping);
    if (this.#state !== 'open') return;
    const socket = openSocket({
      auth,
      journal,
      url: this.#deps.whatsappUrl,
      sendTimeoutMs: this.#deps.sendTimeoutMs,
      logger: this.#logger,
      groups: this.#groups.cache,
      devices: this.#devices,
      isOnline,
      findForRetry: (id) => this.#deps.findForRetry(address, id),
    });
    this.#socket = socket;
    const wanted = () => this.#deps.isOnline(address);
    this.#queries = new QueryWatch(socket);
    this.#presence = new Presence(socket, { isOnline, wanted, logger: this.#logger });
    this.#listen(socket, auth, journal);
  }

  #listen(socket: WASocket, auth: StoredAuth, journal: DecryptionJournal): void {
    socket.ev.on(
      'creds.update',
      this.#guarded(() => {
        this.#save(auth);
        this.#presence?.nameChanged();
      }),
    );
    socket.ev.on(
      'connection.update',
      this.#guarded((update) => this.#onUpdate(update, auth)),
    );
    guardStanzas(socket, (error) => this.#logger.warn(errorFacts(error), 'stanza could not be handled'));
    this.#upkeep = startUpkeep(socket, {
      ...this.#deps,
      auth,
      logger: this.#logger,
      guarded: (run) => this.#guarded(run),
    });
    this.#passkey = new PasskeyLinking(socket, {
      emit: this.#emitUnlessClosed,
      fail: (reason, error) => this.#fail(reason, error),
      guarded: (run) => this.#guarded(run),
      save: () => auth.save(),
      now: this.#deps.now,
    });
    this.#devices.listen(socket, auth, (run) => this.#guarded(run));
    countDecryptFailures(socket, this.#deps.metrics);
    mapBaileysEvents(socket, {
      ...this.#mapping,
      groups: this.#groups,
      restrictions: this.#deps.restrictions ?? new Map(),
      journal,
      guarded: (run) => this.#guarded(run),
    });
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
    const { qr, isNewLogin, connection, lastDisconnect } = update;
    if (qr !== undefined) this.#onQr(qr);
    if (isNewLogin === true) this.#emitOnceSaved(auth, 'socket.paired');
    // WhatsApp accepts a login only; an offer to link that is answered so is still open.
    if (connection === 'open' && isLinked(auth.state.creds)) this.#emitOnceSaved(auth, 'socket.opened');
    if (connection === 'close') this.#finish(this.#reason ?? closeReason(lastDisconnect?.error));
  }

  #onQr(code: string): void {
    const fate = this.#passkey?.takes(code);
    if (fate === 'exhausted') this.close('qr_expired');
    if (fate === 'shown') this.#qr.show(code);
  }

  /** Linking and logins are reported only when their credentials are durable. */
  #emitOnceSaved(auth: StoredAuth, type: 'socket.paired' | 'socket.opened'): void {
    auth.save().then(
      this.#guarded(() => this.#emitUnlessClosed({ type, account: accountOf(auth.state.creds) })),
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
    // Events that Baileys has confirmed and still buffers.
    this.#socket?.ev.flush();
    this.#closing.abort();
    this.#closeTimeout.cancel();
    this.#keepAlive?.stop();
    this.#groups.cache.stop();
    const banMs = this.#banMs;
    const onSaved = () => {
      this.#state = 'closed';
      this.#emit({ type: 'socket.closed', reason, ...(banMs !== undefined && { banMs }) });
    };
    // Credentials that changed just before the end (by linking, above all) must be durable before the next connection.
    (this.#auth?.save() ?? Promise.resolve()).then(onSaved, onSaved);
  }

  readonly #emitUnlessClosed = (event: SocketEvent): void => {
    if (this.#state !== 'closed') this.#emit(event);
  };
}
