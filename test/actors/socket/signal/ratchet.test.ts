import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import {
  addTransactionCapability,
  BufferJSON,
  Curve,
  generateSignalPubKey,
  initAuthCreds,
  type SignalRepositoryWithLIDStore,
} from '@whiskeysockets/baileys';
import { pino } from 'pino';
import { SignalKeyStore } from '../../../../src/actors/socket/signal/signal-key-store.ts';
import { signalRepository } from '../../../../src/actors/socket/signal/signal-sessions.ts';
import { SignalTransactions } from '../../../../src/actors/socket/signal/signal-transactions.ts';
import type { GatewayStore } from '../../../../src/store/gateway-store.ts';
import { credentials, type Identity } from '../../../../src/store/records/sessions/credentials.ts';
import { openMemoryStore } from '../../../support/store/memory-store.ts';

const silent = pino({ level: 'silent' });
const latencyMs = 1;
const hello = Buffer.from('hello');

/** An identity whose store is slow. */
function slow(identity: Identity): Pick<Identity, 'keys' | 'changeKeys'> {
  return {
    keys: async (type, ids) => {
      await after(latencyMs);
      return identity.keys(type, ids);
    },
    changeKeys: async (changes) => {
      await after(latencyMs);
      await identity.changeKeys(changes);
    },
  };
}

/** A party of a chat that sends and receives as Baileys does: a send is one transaction of the socket's own store. */
class Party {
  jid: string;
  readonly creds = initAuthCreds();
  readonly #keyring: SignalKeyStore;
  readonly #repository: ReturnType<typeof signalRepository>;
  readonly #socketKeys: ReturnType<typeof addTransactionCapability>;

  constructor(jid: string, identity: Identity) {
    this.jid = jid;
    this.#keyring = new SignalKeyStore(slow(identity), (error) => assert.fail(String(error)));
    const signal = new SignalTransactions(this.#keyring);
    this.#repository = signalRepository(this.creds, signal, silent);
    this.#socketKeys = addTransactionCapability(
      { get: (type, ids) => this.#keyring.get(type, ids), set: (data) => signal.setInTurn(data) },
      silent,
      { maxCommitRetries: 1, delayBetweenTriesMs: 0 },
    );
  }

  /** From now on the contact with that number is known by this LID, too. */
  async learn(pn: string, lid: string): Promise<void> {
    await this.#repository.lidMapping.storeLIDPNMappings([{ pn, lid }]);
  }

  /** Takes a contact on by its published keys. */
  async meet(contact: Party): Promise<void> {
    await this.begin(contact, await contact.publish());
  }

  /** Keys that a session with this party can be begun with, once. */
  async publish(): Promise<Parameters<SignalRepositoryWithLIDStore['injectE2ESession']>[0]['session']> {
    const preKey = Curve.generateKeyPair();
    await this.#keyring.change({ 'pre-key': { 1: preKey } });
    const { signedPreKey, registrationId, signedIdentityKey } = this.creds;
    const { keyId, keyPair, signature } = signedPreKey;
    return {
      registrationId,
      identityKey: generateSignalPubKey(signedIdentityKey.public),
      signedPreKey: { keyId, publicKey: generateSignalPubKey(keyPair.public), signature },
      preKey: { keyId: 1, publicKey: generateSignalPubKey(preKey.public) },
    };
  }

  begin(contact: Party, session: Awaited<ReturnType<Party['publish']>>): Promise<void> {
    return this.#repository.injectE2ESession({ jid: contact.jid, session });
  }

  /** Encrypts a message; it arrives when the result is called. */
  async post(to: Party): Promise<() => Promise<void>> {
    const { type, ciphertext } = await this.#repository.encryptMessage({ jid: to.jid, data: hello });
    return () => to.receive(this, type, ciphertext);
  }

  async send(to: Party): Promise<void> {
    await this.#socketKeys.transaction(async () => {
      const { type, ciphertext } = await this.#repository.encryptMessage({ jid: to.jid, data: hello });
      await to.receive(this, type, ciphertext);
    }, this.jid);
  }

  async receive(from: Party, type: 'pkmsg' | 'msg', ciphertext: Uint8Array): Promise<void> {
    const opened = await this.#repository.decryptMessage({ jid: from.jid, type, ciphertext });
    assert.deepEqual(Buffer.from(opened), hello);
  }
}

/** Two parties, of whom Ada has begun a session with Ben. */
async function acquaintances(store: GatewayStore): Promise<Record<'ada' | 'ben', Party>> {
  const identities = credentials(store);
  const ada = new Party('1001@lid', await identities.create({ organization: 'acme', session: 'ada' }));
  const ben = new Party('1002@lid', await identities.create({ organization: 'acme', session: 'ben' }));
  await ada.meet(ben);
  return { ada, ben };
}

test('two parties that write to each other all the time over a slow store can decrypt every message at once', async () => {
  await using store = await openMemoryStore();
  const { ada, ben } = await acquaintances(store);
  await ada.send(ben);
  await ben.send(ada);

  const talk = async (from: Party, to: Party) => {
    for (let messages = 0; messages < 100; messages += 1) await from.send(to);
  };
  await Promise.all([talk(ada, ben), talk(ben, ada)]);
});

test('two parties that begin sessions with each other at the same moment can decrypt every message at once', async () => {
  await using store = await openMemoryStore();
  const { ada, ben } = await acquaintances(store);
  await ben.meet(ada);

  for (let turns = 0; turns < 5; turns += 1) {
    const crossing = [await ada.post(ben), await ben.post(ada)];
    for (const arrive of crossing) await arrive();
  }
});

test('a message that arrives while another session is begun leaves that session usable', async () => {
  await using store = await openMemoryStore();
  const { ada, ben } = await acquaintances(store);
  await ada.send(ben);

  for (let steps = 0; steps < 40; steps += 1) {
    const arrive = await ben.post(ada);
    const keys = await ben.publish();
    const beginning = ada.begin(ben, keys);
    for (let step = 0; step < steps; step += 1) await Promise.resolve();
    await Promise.all([beginning, arrive()]);
    await ada.send(ben);
  }
});

test('sessions that were begun under a number are usable under its LID, beside those that are begun there', async () => {
  await using store = await openMemoryStore();
  const { ada, ben } = await acquaintances(store);
  const [pn, lid] = ['49170001@s.whatsapp.net', ada.jid];
  ada.jid = pn;
  const exchange = async () => {
    await ada.send(ben);
    await ben.send(ada);
    return ada.post(ben);
  };

  const late = [await exchange()];
  await ben.learn(pn, lid);
  ada.jid = lid;
  for (let session = 0; session < 2; session += 1) {
    await ada.meet(ben);
    late.push(await exchange());
  }

  for (const arrive of late) await arrive();
  await ada.send(ben);
});

test('a ratchet is stored before its message is delivered', async () => {
  await using store = await openMemoryStore();
  const identities = credentials(store);
  const adaKeys = await identities.create({ organization: 'acme', session: 'ada' });
  const ada = new Party('1001@lid', adaKeys);
  const ben = new Party('1002@lid', await identities.create({ organization: 'acme', session: 'ben' }));
  await ada.meet(ben);
  const stored = async () => (await adaKeys.keys('session', ['1002_1.0'])).get('1002_1.0');
  const before = await stored();
  let atHandOver: string | undefined;
  ben.receive = async () => {
    atHandOver = await stored();
  };

  await ada.send(ben);

  assert.ok(before !== undefined && atHandOver !== undefined);
  assert.notEqual(atHandOver, before);
  assert.equal(JSON.parse(atHandOver, BufferJSON.reviver).version, 'v1');
});
