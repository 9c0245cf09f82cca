import type { CloseReason, SocketCommand, SocketEvent } from '../../../src/actors/socket/port.ts';
import { done } from '../../../src/domain/errors.ts';
import type { OutboxRow, Receipt } from '../../../src/domain/outbox.ts';
import type { Account, SessionAddress } from '../../../src/domain/session.ts';
import type { Credentials, Identity } from '../../../src/store/records/sessions/credentials.ts';
import type { Prng } from '../prng.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Trace } from '../trace.ts';
import type { Peer, WhatsApp } from '../world/whatsapp.ts';
import type { FaultModel } from './fault-model.ts';

export interface LinkDeps {
  credentials: Credentials;
  whatsapp: WhatsApp;
  faultModel: FaultModel;
  prng: Prng;
  trace: Trace;
  scheduler: Scheduler;
  /** False once the process is dead. */
  isAlive: () => boolean;
  /** The number of the phone that scans this session's codes. */
  accountOf: (session: string) => Account;
  /** The session logs in to its account. */
  onLogin: (address: SessionAddress) => void;
  /** The session hands a message over. */
  onSend: (address: SessionAddress, send: Send) => void;
  /** An acknowledgement or a refusal has come in. */
  onAnswer: (waMessageId: string) => void;
}

export type Send = Extract<SocketCommand, { type: 'socket.send' }>;

const temporaryReasons: readonly CloseReason[] = [
  'connection_lost',
  'connection_closed',
  'server_error',
  'service_unavailable',
  'stanza_unconfirmed',
  'connect_failed',
  'restart_required',
];

const finalReasons: readonly CloseReason[] = [
  'logged_out',
  'banned',
  'locked',
  'replaced',
  'client_outdated',
  'multi_device_mismatch',
  'temporarily_banned',
];

/** After these the phone knows this device no more. */
const unlinkingReasons: readonly CloseReason[] = ['logged_out', 'banned', 'locked'];

/** A code of a QR lasts so long; so many are shown. */
const codeMs = 20_000;
const maxCodes = 5;

/** What a content says, by which the order behind it is known. */
export function textOf(content: OutboxRow['content']): string {
  return content.type === 'text' || content.type === 'edit' ? content.text : content.type;
}

/** One connection of a session to WhatsApp, with both of its ends. It tells exactly one `socket.closed`, as its last. */
export class Link implements Peer {
  readonly #deps: LinkDeps;
  readonly #address: SessionAddress;
  readonly #account: Account;
  readonly #emit: (fact: SocketEvent) => void;
  #identity: Identity | undefined;
  #state: 'dialling' | 'pairing' | 'open' | 'closing' | 'closed' = 'dialling';

  constructor(deps: LinkDeps, address: SessionAddress, tell: (fact: SocketEvent) => void) {
    this.#deps = deps;
    this.#address = address;
    this.#account = deps.accountOf(address.session);
    this.#emit = tell;
    this.#dial().catch(() => this.#end('store_unavailable'));
  }

  /** Carries out anything but opening and closing; without a connection it is dropped. */
  carryOut(command: SocketCommand): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    const { prng, whatsapp } = this.#deps;
    switch (command.type) {
      case 'socket.send':
        if (this.#state === 'open') this.#send(command);
        break;
      case 'socket.perform':
        if (!this.#deps.faultModel.chance(0.2)) this.#join(command.requestId);
        break;
      case 'socket.requestPairingCode':
        if (this.#state !== 'pairing') this.#end('pairing_refused');
        else this.#deliver(prng.between(100, 1_000), { type: 'socket.pairingCode', code: 'ABCD1234', expiresAt: 0 });
        break;
      case 'socket.unlink':
        if (this.#deps.faultModel.chance(0.1)) break;
        whatsapp.unlink(this.#account.jid);
        this.#later(prng.between(20, 500), () => this.#end('logged_out'));
        break;
    }
  }

  close(reason: CloseReason): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    const isDialling = this.#state === 'dialling';
    this.#state = 'closing';
    if (isDialling) this.#end(reason);
    else
      this.#later(this.#deps.faultModel.chance(0.1) ? 6_000 : this.#deps.prng.between(1, 100), () => this.#end(reason));
  }

  acknowledge(waMessageId: string, afterMs: number): void {
    const timestamp = Math.floor(this.#deps.scheduler.epochTime / 1000) * 1000;
    this.#deliver(afterMs, { type: 'socket.acknowledged', waMessageId, timestamp });
  }

  refuse(waMessageId: string, code: string, afterMs: number): void {
    this.#deliver(afterMs, { type: 'socket.refused', waMessageId, code });
  }

  confirm(receipts: readonly Receipt[]): boolean {
    if (this.#state !== 'open' || !this.#deps.isAlive()) return false;
    this.#fact({ type: 'socket.receipt', receipts });
    return true;
  }

  hangUp(reason: CloseReason): void {
    if (unlinkingReasons.includes(reason)) this.#deps.whatsapp.unlink(this.#account.jid);
    this.#deps.whatsapp.disconnect(this.#account.jid, this);
    this.#later(this.#deps.prng.between(1, 50), () => this.#end(reason));
  }

  async #dial(): Promise<void> {
    const { credentials, prng } = this.#deps;
    const identity = (await credentials.load(this.#address)) ?? (await credentials.create(this.#address));
    this.#identity = identity;
    if (this.#state !== 'dialling') return;
    const { document } = identity;
    if (document?.startsWith('device') === true) this.#logIn(identity, document);
    else this.#later(prng.between(50, 1_000), () => this.#pair(identity));
  }

  #pair(identity: Identity): void {
    if (this.#state !== 'dialling') return;
    this.#state = 'pairing';
    const { prng, faultModel } = this.#deps;
    for (let code = 0; code < maxCodes; code += 1) {
      this.#deliver(code * codeMs, { type: 'socket.qr', code: `code ${code}`, expiresAt: 0 });
    }
    this.#later(maxCodes * codeMs + 1_000, () => this.#end('connection_lost'));
    if (faultModel.chance(0.2)) return;
    this.#later(prng.between(2_000, 60_000), () => {
      if (this.#state === 'pairing') this.#scan(identity).catch(() => this.#end('store_unavailable'));
    });
  }

  /** A phone scans the code. */
  async #scan(identity: Identity): Promise<void> {
    const device = this.#deps.whatsapp.link(this.#account.jid);
    await identity.save(device, this.#account);
    this.#fact({ type: 'socket.paired', account: this.#account });
    this.#later(this.#deps.prng.between(10, 500), () => this.#end('restart_required'));
  }

  #logIn(identity: Identity, device: string): void {
    const { prng, faultModel } = this.#deps;
    const outcome = faultModel.loginOutcome();
    this.#deps.trace.write(`${this.#address.session}: the login is ${outcome}`);
    const enter = (): void => {
      if (this.#state === 'dialling') this.#enter(identity, device).catch(() => this.#end('store_unavailable'));
    };
    switch (outcome) {
      case 'in':
        this.#later(prng.between(50, 1_500), enter);
        break;
      case 'slow':
        this.#later(prng.between(5_000, 60_000), enter);
        break;
      case 'silent':
        break;
      case 'failed':
        this.#later(prng.between(10, 1_500), () => this.hangUp(prng.one(temporaryReasons) ?? 'connection_lost'));
        break;
      case 'turned away':
        this.#later(prng.between(10, 1_500), () => this.hangUp(prng.one(finalReasons) ?? 'replaced'));
        break;
    }
  }

  async #enter(identity: Identity, device: string): Promise<void> {
    const { whatsapp, faultModel, prng } = this.#deps;
    const { jid } = this.#account;
    if (!whatsapp.isLinked(jid, device)) {
      this.#end('logged_out');
      return;
    }
    this.#deps.onLogin(this.#address);
    whatsapp.connect(jid, this);
    await identity.save(device, this.#account);
    if (this.#state !== 'dialling') return;
    this.#state = 'open';
    this.#fact({ type: 'socket.opened', account: this.#account });
    this.#later(prng.between(10, 4_000), () => this.#catchUp());
    if (Number.isFinite(faultModel.profile.disconnectEveryMs)) {
      this.#later(prng.wait(faultModel.profile.disconnectEveryMs), () => this.#lose());
    }
  }

  #catchUp(): void {
    if (this.#state !== 'open') return;
    this.#deps.whatsapp.catchUp(this.#account.jid);
    if (!this.#deps.faultModel.chance(0.1)) this.#deliver(this.#deps.prng.between(1, 500), { type: 'socket.caughtUp' });
  }

  #lose(): void {
    const { faultModel, prng } = this.#deps;
    if (faultModel.isOff || this.#state !== 'open') return;
    const reasons = prng.chance(0.08) ? finalReasons : temporaryReasons;
    this.hangUp(prng.one(reasons) ?? 'connection_lost');
  }

  #send(send: Send): void {
    const { prng, faultModel, scheduler, whatsapp } = this.#deps;
    this.#deps.onSend(this.#address, send);
    const { waMessageId } = send;
    if (faultModel.chance(0.02)) {
      this.#deliver(prng.between(20, 600), { type: 'socket.refused', waMessageId, code: 'recipient_unknown' });
      return;
    }
    // What was written just before the end arrives, or does not.
    const survives = prng.chance(0.5);
    const transmit = (): void => {
      const { jid } = this.#account;
      scheduler.delay(prng.between(5, 200), () => {
        const isUp = this.#state === 'open' && this.#deps.isAlive();
        if (isUp || survives) whatsapp.receive(jid, this, { waMessageId, text: textOf(send.content) });
      });
    };
    // The ratchet is durable before the bytes leave; when it cannot be stored, nothing leaves and nothing is told.
    this.#identity
      ?.changeKeys([{ type: 'session', id: send.to, value: waMessageId }])
      .then(transmit, () => this.#deps.trace.write(`${this.#address.session}: ${waMessageId} could not be encrypted`));
  }

  #join(requestId: string): void {
    const outcome = done({ kind: 'joined' as const, groupJid: '120363021234567890@g.us' });
    this.#deliver(this.#deps.prng.between(100, 3_000), { type: 'socket.performed', requestId, outcome });
  }

  #end(reason: CloseReason): void {
    if (this.#state === 'closed') return;
    this.#fact({ type: 'socket.closed', reason });
    this.#state = 'closed';
    this.#deps.whatsapp.disconnect(this.#account.jid, this);
  }

  #deliver(afterMs: number, fact: SocketEvent): void {
    this.#later(afterMs, () => this.#fact(fact));
  }

  /** Nothing of a connection happens once its process is dead. */
  #later(afterMs: number, run: () => void): void {
    this.#deps.scheduler.delay(afterMs, () => {
      if (this.#deps.isAlive() && this.#state !== 'closed') run();
    });
  }

  #fact(fact: SocketEvent): void {
    if (this.#state === 'closed' || !this.#deps.isAlive()) return;
    const what = 'waMessageId' in fact ? fact.waMessageId : 'reason' in fact ? fact.reason : '';
    this.#deps.trace.write(`${this.#address.session}: ${fact.type} ${what}`);
    if (fact.type === 'socket.acknowledged' || fact.type === 'socket.refused') this.#deps.onAnswer(fact.waMessageId);
    this.#emit(fact);
  }
}
