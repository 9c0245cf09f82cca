import type { CloseReason } from '../../../src/actors/socket/port.ts';
import type { Receipt } from '../../../src/domain/outbox.ts';
import type { FaultModel, MessageOutcome } from '../faults/fault-model.ts';
import type { Prng } from '../prng.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Trace } from '../trace.ts';

/** A message as it arrives from a linked device; `text` names the order that it carries out. */
export interface WireMessage {
  waMessageId: string;
  text: string;
}

/** The other end of a connection, as the server sees it. */
export interface Peer {
  acknowledge(waMessageId: string, afterMs: number): void;
  refuse(waMessageId: string, code: string, afterMs: number): void;
  /** False when it could not be handed over. */
  confirm(receipts: readonly Receipt[]): boolean;
  hangUp(reason: CloseReason): void;
}

interface Phone {
  device: string | null;
  peer: Peer | null;
  /** Receipts that came while the device was away. */
  backlog: Receipt[];
}

interface WhatsAppDeps {
  scheduler: Scheduler;
  faultModel: FaultModel;
  prng: Prng;
  trace: Trace;
}

/**
 * WhatsApp's server as far as it matters here: which device is linked to which number, who is connected, and what was
 * taken. Recipients show one message for each id, however often it is taken.
 */
export class WhatsApp {
  readonly #deps: WhatsAppDeps;
  readonly #phones = new Map<string, Phone>();
  readonly #taken = new Map<string, { text: string; copies: number }>();
  readonly #arrived = new Map<string, Set<string>>();
  readonly #stubborn = new Map<string, MessageOutcome>();
  #devices = 0;

  constructor(deps: WhatsAppDeps) {
    this.#deps = deps;
  }

  /** Links a device to a number; its former one is not linked any more. */
  link(jid: string): string {
    this.#devices += 1;
    const device = `device ${this.#devices}`;
    this.unlink(jid);
    this.#phoneOf(jid).device = device;
    return device;
  }

  unlink(jid: string): void {
    const phone = this.#phoneOf(jid);
    phone.device = null;
    phone.backlog = [];
  }

  isLinked(jid: string, device: string): boolean {
    return this.#phoneOf(jid).device === device;
  }

  /** A number has one connection; a new one takes the place of the former one. */
  connect(jid: string, peer: Peer): void {
    const phone = this.#phoneOf(jid);
    const former = phone.peer;
    phone.peer = peer;
    if (former !== null && former !== peer) former.hangUp('replaced');
  }

  disconnect(jid: string, peer: Peer): void {
    const phone = this.#phoneOf(jid);
    if (phone.peer === peer) phone.peer = null;
  }

  /** Hands over what came while the device was away. */
  catchUp(jid: string): void {
    const phone = this.#phoneOf(jid);
    if (phone.backlog.length > 0 && phone.peer?.confirm(phone.backlog) === true) phone.backlog = [];
  }

  /** The texts that have arrived under an id, or the ids under which a text has. */
  idsOf(text: string): ReadonlySet<string> {
    return this.#arrived.get(text) ?? new Set();
  }

  /** How often a message was taken. */
  copiesOf(waMessageId: string): number {
    return this.#taken.get(waMessageId)?.copies ?? 0;
  }

  /** A message arrives over a connection. */
  receive(jid: string, peer: Peer, message: WireMessage): void {
    const { waMessageId, text } = message;
    this.#arrived.set(text, new Set([...this.idsOf(text), waMessageId]));
    const outcome = this.#outcomeOf(waMessageId);
    this.#deps.trace.write(`whatsapp: ${waMessageId} (${text}) is ${outcome}`);
    if (outcome.startsWith('taken')) this.#take(jid, message);
    this.#answer(peer, waMessageId, outcome);
  }

  /** A message that stays unanswered may stay so however often it is sent. */
  #outcomeOf(waMessageId: string): MessageOutcome {
    const { faultModel, prng } = this.#deps;
    const known = faultModel.isOff ? undefined : this.#stubborn.get(waMessageId);
    const outcome = known ?? faultModel.messageOutcome();
    const isSilent = outcome === 'lost' || outcome === 'taken and never acknowledged';
    if (isSilent && prng.chance(0.4)) this.#stubborn.set(waMessageId, outcome);
    return outcome;
  }

  #answer(peer: Peer, waMessageId: string, outcome: MessageOutcome): void {
    const { prng } = this.#deps;
    switch (outcome) {
      case 'taken':
        peer.acknowledge(waMessageId, prng.between(20, 600));
        break;
      case 'taken and acknowledged late':
        peer.acknowledge(waMessageId, prng.between(5_000, 60_000));
        break;
      case 'taken and acknowledged twice':
        peer.acknowledge(waMessageId, prng.between(20, 600));
        peer.acknowledge(waMessageId, prng.between(600, 6_000));
        break;
      case 'refused':
        peer.refuse(waMessageId, '463', prng.between(20, 600));
        break;
      case 'taken and cut off':
      case 'cut off':
        peer.hangUp('connection_lost');
        break;
      case 'taken and never acknowledged':
      case 'lost':
        break;
    }
  }

  #take(jid: string, { waMessageId, text }: WireMessage): void {
    const copies = this.copiesOf(waMessageId) + 1;
    this.#taken.set(waMessageId, { text, copies });
    const { prng, scheduler } = this.#deps;
    if (prng.chance(0.15)) return;
    const deliveredMs = prng.chance(0.7) ? prng.between(30, 2_000) : prng.wait(60_000);
    scheduler.delay(deliveredMs, () => this.#report(jid, waMessageId, 'delivered'));
    if (prng.chance(0.1)) scheduler.delay(deliveredMs + 500, () => this.#report(jid, waMessageId, 'delivered'));
    if (prng.chance(0.4)) {
      // Now and then the news of reading overtakes the news of delivery.
      scheduler.delay(deliveredMs + prng.between(-500, 30_000), () => this.#report(jid, waMessageId, 'read'));
    }
  }

  #report(jid: string, waMessageId: string, status: 'delivered' | 'read'): void {
    const receipt: Receipt = { waMessageId, status, timestamp: this.#deps.scheduler.epochTime };
    const phone = this.#phoneOf(jid);
    if (phone.peer?.confirm([receipt]) !== true) phone.backlog.push(receipt);
  }

  #phoneOf(jid: string): Phone {
    const phone = this.#phones.get(jid) ?? { device: null, peer: null, backlog: [] };
    this.#phones.set(jid, phone);
    return phone;
  }
}
