import type { CloseReason } from '../../../src/actors/socket/port.ts';
import type { Receipt } from '../../../src/domain/outbox.ts';
import type { FaultModel, MessageFate } from '../faults/fault-model.ts';
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
  weather: FaultModel;
  dice: Prng;
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
  readonly #stubborn = new Map<string, MessageFate>();
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
    const fate = this.#fateOf(waMessageId);
    this.#deps.trace.tell(`whatsapp: ${waMessageId} (${text}) is ${fate}`);
    if (fate.startsWith('taken')) this.#take(jid, message);
    this.#answer(peer, waMessageId, fate);
  }

  /** A message that stays unanswered may stay so however often it is sent. */
  #fateOf(waMessageId: string): MessageFate {
    const { weather, dice } = this.#deps;
    const known = weather.isCalm ? undefined : this.#stubborn.get(waMessageId);
    const fate = known ?? weather.messageFate();
    const isSilent = fate === 'lost' || fate === 'taken and never acknowledged';
    if (isSilent && dice.chance(0.4)) this.#stubborn.set(waMessageId, fate);
    return fate;
  }

  #answer(peer: Peer, waMessageId: string, fate: MessageFate): void {
    const { dice } = this.#deps;
    switch (fate) {
      case 'taken':
        peer.acknowledge(waMessageId, dice.between(20, 600));
        break;
      case 'taken and acknowledged late':
        peer.acknowledge(waMessageId, dice.between(5_000, 60_000));
        break;
      case 'taken and acknowledged twice':
        peer.acknowledge(waMessageId, dice.between(20, 600));
        peer.acknowledge(waMessageId, dice.between(600, 6_000));
        break;
      case 'refused':
        peer.refuse(waMessageId, '463', dice.between(20, 600));
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
    const { dice, scheduler } = this.#deps;
    if (dice.chance(0.15)) return;
    const deliveredMs = dice.chance(0.7) ? dice.between(30, 2_000) : dice.wait(60_000);
    scheduler.delay(deliveredMs, () => this.#tell(jid, waMessageId, 'delivered'));
    if (dice.chance(0.1)) scheduler.delay(deliveredMs + 500, () => this.#tell(jid, waMessageId, 'delivered'));
    if (dice.chance(0.4)) {
      // Now and then the news of reading overtakes the news of delivery.
      scheduler.delay(deliveredMs + dice.between(-500, 30_000), () => this.#tell(jid, waMessageId, 'read'));
    }
  }

  #tell(jid: string, waMessageId: string, status: 'delivered' | 'read'): void {
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
