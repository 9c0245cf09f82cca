import { type Commands, createCommands } from './api/commands.ts';
import { createControlApp } from './control/app.ts';
import { createNetwork } from './network.ts';
import { listen, WEBSOCKET_PATH } from './server/server.ts';
import { readState } from './state/state.ts';

export interface SimulatorOptions {
  /** Address to bind to; 127.0.0.1 unless given. Whoever can reach it can do everything. */
  readonly host?: string | undefined;
  /** 0, any free port, unless given. */
  readonly port?: number | undefined;
  /** How many ledger entries are kept; 100 000 unless given. */
  readonly ledgerSize?: number | undefined;
  /** See `Settings`; true unless given. False is for load tests. */
  readonly decrypt?: boolean | undefined;
  /** See `Settings`; false unless given. */
  readonly dedup?: boolean | undefined;
  /** See `Settings`; false unless given. */
  readonly fewPreKeys?: boolean | undefined;
  /** What `save` of an earlier simulator returned; this one goes on from there. */
  readonly state?: string | undefined;
}

/** A running simulated WhatsApp. Disposing of it closes it. */
export interface Simulator extends Commands, AsyncDisposable {
  /** WebSocket address for clients: the gateway's WHATSAPP_URL, Baileys' `waWebSocketUrl`. */
  readonly url: string;
  /** Root public key of the certificate chain in hex: the gateway's WHATSAPP_ROOT_KEY, Baileys' `WA_CERT_DETAILS`. */
  readonly rootKey: string;
  /** Address of the HTTP control face. */
  readonly controlUrl: string;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
}

const DEFAULT_LEDGER_SIZE = 100_000;

/** Starts a simulated WhatsApp. Rejects when the port is taken, with `validation_error` when the state is none. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { host = '127.0.0.1', port = 0, ledgerSize = DEFAULT_LEDGER_SIZE } = options;
  const { decrypt = true, dedup = false, fewPreKeys = false } = options;
  const state = options.state === undefined ? undefined : readState(options.state);
  const network = createNetwork(ledgerSize, { decrypt, dedup, fewPreKeys }, state);
  const commands = createCommands(network, state?.contacts);
  const server = await listen(network, createControlApp(commands).callback(), host, port);
  const close = async () => {
    await server.close();
    await network.background.close();
    network.ledger.close();
  };
  const authority = `${host.includes(':') ? `[${host}]` : host}:${server.port}`;
  return {
    ...commands,
    url: `ws://${authority}${WEBSOCKET_PATH}`,
    rootKey: network.identity.root.public.toString('hex'),
    controlUrl: `http://${authority}/control`,
    close,
    [Symbol.asyncDispose]: close,
  };
}
