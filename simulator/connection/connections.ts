import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Account } from '../accounts/account.ts';
import type { Companion } from '../accounts/companion.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { Connection, type Phase } from './connection.ts';

/** An open connection, as callers see it. */
export interface ConnectionView {
  /** Counted from 1 since the simulator started. */
  readonly id: number;
  /** Phone number of the account, once logged in. */
  readonly account: string | undefined;
  /** Device number within the account, once logged in. */
  readonly device: number | undefined;
  readonly state: Phase['name'];
  /** Milliseconds since 1970. */
  readonly openedAt: number;
}

/** All open connections. */
export class Connections {
  readonly #ledger: Ledger;
  readonly #open = new Set<Connection>();
  readonly #byDevice = new Map<Companion, Connection>();
  #count = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  open(socket: WebSocket, transport: Duplex): Connection {
    this.#count += 1;
    const connection = new Connection({ id: this.#count, socket, transport, ledger: this.#ledger });
    this.#open.add(connection);
    return connection;
  }

  /** A device has one connection at a time: returns its previous one, if any. */
  logIn(connection: Connection, account: Account, companion: Companion): Connection | undefined {
    const earlier = this.#byDevice.get(companion);
    this.#byDevice.set(companion, connection);
    connection.logIn(account, companion);
    return earlier;
  }

  ended(connection: Connection): void {
    this.#open.delete(connection);
    for (const [companion, current] of this.#byDevice) if (current === connection) this.#byDevice.delete(companion);
    connection.ended();
  }

  views(): ConnectionView[] {
    return [...this.#open].map(view);
  }

  /** The connections on which devices of that number are logged in. */
  ofAccount(phone: string): Connection[] {
    return [...this.#open].filter(({ phase, account }) => phase.name === 'open' && account === phone);
  }

  /** The connection on which the device last logged in. */
  ofDevice(companion: Companion): Connection | undefined {
    return this.#byDevice.get(companion);
  }
}

function view({ id, account, openedAt, phase }: Connection): ConnectionView {
  return { id, account, device: phase.name === 'open' ? phase.companion.id : undefined, state: phase.name, openedAt };
}
