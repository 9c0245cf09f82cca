import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import * as v from 'valibot';
import { createActor, toPromise } from 'xstate';
import { createAuditLog } from '../../../../src/actors/audit-log.ts';
import { ClientVersionBreaker } from '../../../../src/actors/login/client-version-breaker.ts';
import { lifecycleEffects } from '../../../../src/actors/session/effects/lifecycle-effects.ts';
import { systemClock } from '../../../../src/domain/clock.ts';
import { defaultSettings, type SessionRecord } from '../../../../src/domain/session.ts';
import { loggerTo } from '../../../../src/logger.ts';
import { outbox as outboxOf } from '../../../../src/store/records/outbox/outbox.ts';
import { credentials as credentialsOf } from '../../../../src/store/records/sessions/credentials.ts';
import { sessions as sessionsOf } from '../../../../src/store/records/sessions/sessions.ts';
import { asker } from '../../../support/scripted-session.ts';
import { openMemoryStore } from '../../../support/store/memory-store.ts';

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
    const breaker = new ClientVersionBreaker(systemClock(now), logger);
    const audit = createAuditLog(logger, new Uint8Array(32));
    const effects = lifecycleEffects({ sessions, credentials, outbox, breaker, audit, report: () => undefined, now });
    await sessions.create(record);

    const inactive = { status, reason: null, retryAt: null };
    await toPromise(createActor(effects.recordInactive, { input: { ...address, inactive, requester: null } }).start());
    await toPromise(createActor(effects.recordConnected, { input: { ...address, account } }).start());

    const stored = await sessions.find(address);
    assert.equal(stored?.resting?.status, status);
    assert.equal(stored?.account, null);
  });
}

const LineSchema = v.object({ audit: v.string(), reason: v.string(), actor: v.unknown() });

for (const [reason, actor] of [
  ['unlinked', { kind: 'api_key', id: asker.by.subject }],
  ['unlinked_offline', { kind: 'api_key', id: asker.by.subject }],
  // WhatsApp logged the device out before the request reached it.
  ['logged_out', { kind: 'whatsapp' }],
] as const) {
  test(`a logout with the reason ${reason} is audited once, although the credentials are wiped at the second attempt`, async () => {
    await using store = await openMemoryStore();
    const [sessions, credentials, outbox] = [sessionsOf(store), credentialsOf(store), outboxOf(store, now)];
    const lines: string[] = [];
    const logger = loggerTo({ write: (line: string) => void lines.push(line) }, 'error');
    const breaker = new ClientVersionBreaker(systemClock(now), logger);
    const audit = createAuditLog(logger, new Uint8Array(32));
    let wipes = 0;
    const wipe = async () => {
      wipes += 1;
      if (wipes === 1) throw new Error('the disk is full');
      await credentials.wipe(address);
    };
    const report = () => undefined;
    const effects = lifecycleEffects({ sessions, credentials: { wipe }, outbox, breaker, audit, report, now });
    await sessions.create({ ...record, account });
    const input = {
      ...address,
      inactive: { status: 'logged_out', reason, retryAt: null },
      requester: asker,
    } as const;

    await assert.rejects(toPromise(createActor(effects.recordInactive, { input }).start()), /the disk is full/);
    await toPromise(createActor(effects.recordInactive, { input }).start());

    assert.deepEqual(
      lines.map((line) => v.parse(LineSchema, JSON.parse(line))),
      [{ audit: 'session.logged_out', reason, actor }],
    );
  });
}
