import type { WASocket } from '@whiskeysockets/baileys';
import { errorFacts } from '../../domain/errors.ts';
import type { SessionAddress } from '../../domain/session.ts';
import { type ConnectionGroups, connectionGroups } from './commands/connection-groups.ts';
import { type ConnectionCommand, type ExecuteCommandDeps, executeCommand } from './commands/execute-command.ts';
import { Presence } from './commands/presence.ts';
import { QueryWatch } from './commands/query-watch.ts';
import type { ConnectionContext } from './connection-context.ts';
import { SocketDevices } from './devices/socket-devices.ts';
import { mapBaileysEvents } from './events/event-mapping.ts';
import { messageMapping } from './events/message-mapping.ts';
import { OfferedQr } from './events/offered-qr.ts';
import { countRetryReceipts } from './events/retry-metrics.ts';
import { guardStanzas } from './events/stanza-guards.ts';
import { startUpkeep } from './events/upkeep.ts';
import { PasskeyLinking } from './passkey/passkey-linking.ts';
import type { StoredAuth } from './signal/auth-state.ts';
import type { DecryptionJournal } from './signal/decryption-journal.ts';
import type { SocketDeps } from './socket-deps.ts';
import { openSocket } from './transport/open-socket.ts';

export interface ClientOptions {
  deps: SocketDeps;
  address: SessionAddress;
  auth: StoredAuth;
  journal: DecryptionJournal;
  /** Whether the number is to be online from the login on. */
  isOnline: boolean;
  context: ConnectionContext;
}

/** A WhatsApp client: one Baileys socket, with all that is known and done while it lasts. The connection ends it. */
export class Client {
  readonly socket: WASocket;
  readonly #options: ClientOptions;
  readonly #groups: ConnectionGroups;
  readonly #devices: SocketDevices;
  readonly #presence: Presence;
  readonly #passkey: PasskeyLinking;
  readonly #qr: OfferedQr;
  readonly #commands: ExecuteCommandDeps;

  /** Dials at once. */
  constructor(options: ClientOptions) {
    const { deps, address, auth, isOnline, context } = options;
    this.#options = options;
    this.#qr = new OfferedQr(deps.now, context.emit);
    this.#groups = this.#openGroups();
    this.#devices = this.#openDevices();
    const socket = this.#openSocket();
    this.socket = socket;
    const queries = new QueryWatch(socket);
    this.#presence = new Presence(socket, { isOnline, wanted: () => deps.isOnline(address), logger: context.logger });
    guardStanzas(socket, (error) => context.logger.warn(errorFacts(error), 'stanza could not be handled'));
    const upkeep = startUpkeep(socket, { ...deps, ...context, auth });
    this.#passkey = new PasskeyLinking(socket, { ...context, save: () => auth.save(), now: deps.now });
    this.#listen();
    this.#commands = {
      ...context,
      ...upkeep,
      queries,
      groups: this.#groups,
      devices: this.#devices,
      presence: this.#presence,
      passkey: this.#passkey,
      after: deps.clock.after,
      pairingEndsAt: () => this.#qr.endsAt,
    };
  }

  /** Does nothing once the connection closes: its end is reported anyway. */
  execute(command: ConnectionCommand): void {
    if (!this.#options.context.closing.aborted) executeCommand(this.socket, command, this.#commands);
  }

  /** For the end of the connection: nothing is fetched by itself any more. Events that Baileys still buffers are emitted. */
  stop(): void {
    this.socket.ev.flush();
    this.#groups.cache.stop();
  }

  #openGroups(): ConnectionGroups {
    const { deps, context } = this.#options;
    return connectionGroups({
      socket: () => this.socket,
      emit: context.emit,
      execute: (send) => this.execute(send),
      onStoreFailure: context.failStored,
      logger: context.logger,
      clock: deps.clock,
    });
  }

  #openDevices(): SocketDevices {
    const { deps, context } = this.#options;
    return new SocketDevices({
      groups: this.#groups.cache,
      onError: (error) => {
        if (context.closing.aborted) return;
        context.logger.warn(errorFacts(error), 'devices of a contact could not be updated');
      },
      now: deps.now,
    });
  }

  #openSocket(): WASocket {
    const { deps, address, auth, journal, isOnline, context } = this.#options;
    return openSocket({
      auth,
      journal,
      url: deps.whatsappUrl,
      sendTimeoutMs: deps.sendTimeoutMs,
      logger: context.logger,
      groups: this.#groups.cache,
      devices: this.#devices,
      isOnline,
      findForRetry: (id) => deps.findForRetry(address, id),
      now: deps.now,
    });
  }

  #listen(): void {
    const { socket } = this;
    const { deps, address, auth, journal, context } = this.#options;
    const { guarded } = context;
    const { ev } = socket;
    ev.on(
      'creds.update',
      guarded(() => this.#presence.nameChanged()),
    );
    ev.on(
      'connection.update',
      guarded(({ qr }) => {
        if (qr !== undefined) this.#offerQr(qr);
      }),
    );
    this.#devices.listen(socket, auth, guarded);
    countRetryReceipts(socket, deps.metrics);
    mapBaileysEvents(socket, {
      ...messageMapping(deps, address, context, socket),
      groups: this.#groups,
      journal,
      guarded,
    });
  }

  #offerQr(code: string): void {
    const fate = this.#passkey.takes(code);
    if (fate === 'exhausted') this.#options.context.close('qr_expired');
    if (fate === 'shown') this.#qr.show(code);
  }
}
