import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { createActor, toPromise } from 'xstate';
import { auditTrail } from '../../src/actors/audit.ts';
import { ClientCircuit } from '../../src/actors/client-circuit.ts';
import { systemClock } from '../../src/actors/clock.ts';
import { lifecycleEffects } from '../../src/actors/session/lifecycle-effects.ts';
import { defaultSettings, type SessionRecord } from '../../src/domain/session.ts';
import { credentials as credentialsOf } from '../../src/store/credentials.ts';
import { outbox as outboxOf } from '../../src/store/outbox.ts';
import { sessions as sessionsOf } from '../../src/store/sessions.ts';
import { openMemoryStore } from '../support/memory-store.ts';

const address = { organization: 'acme', session: '01M82ZM43K41YQPFG9XVMP2DHC' };
const account = { jid: '491701234567@s.whatsapp.net', lid: null, phone: '491701234567' };
const now = () => 1_000_000;

const record: SessionRecord = {
  id: address.session,
  organization: address.organization,
  createdBy: 'test',
  settings: defaultSettings,
  resting: null,
  account: null,
  lastConnectedAt: null,
  createdAt: 0,
  updatedAt: 0,
};

for (const status of ['stopped', 'logged_out'] as const) {
  test(`a connection that is recorded late does not undo that the session is ${status}`, async () => {
    await using store = await openMemoryStore();
    const [sessions, credentials, outbox] = [sessionsOf(store), credentialsOf(store), outboxOf(store, now)];
    const logger = pino({ level: 'silent' });
    const circuit = new ClientCircuit(systemClock(now), logger);
    const audit = auditTrail(logger, new Uint8Array(32));
    const effects = lifecycleEffects({ sessions, credentials, outbox, circuit, audit, report: () => undefined, now });
    await sessions.create(record);

    const rest = { status, reason: null, retryAt: null };
    await toPromise(createActor(effects.recordRest, { input: { ...address, rest } }).start());
    await toPromise(createActor(effects.recordConnected, { input: { ...address, account } }).start());

    const stored = await sessions.find(address);
    assert.equal(stored?.resting?.status, status);
    assert.equal(stored?.account, null);
  });
}
