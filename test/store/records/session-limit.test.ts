import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newSessionId } from '../../../src/domain/ids.ts';
import { defaultSettings, type SessionRecord } from '../../../src/domain/session.ts';
import { sessions as sessionsOf } from '../../../src/store/records/sessions/sessions.ts';
import { openSealedSubject } from '../contract/encrypted-subject.ts';
import { openRedisSubject } from '../contract/redis-subject.ts';
import { openSubject } from '../contract/sqlite-subject.ts';

const engines = { sqlite: openSubject, sealed: openSealedSubject, redis: openRedisSubject };

function session(organization = 'acme'): SessionRecord {
  const settings = defaultSettings;
  const times = { lastConnectedAt: null, createdAt: 1, updatedAt: 1 };
  return { id: newSessionId(), organization, createdBy: 'x', settings, resting: null, account: null, ...times };
}

for (const [engine, open] of Object.entries(engines)) {
  test(`${engine}: an organization has at most so many sessions, however many are created at once and by whom`, async () => {
    await using subject = await open({ now: Date.now });
    // Each with a queue of its own, as several processes have.
    const creators = [1, 2, 3, 4, 5].map(() => sessionsOf(subject.store, { maxPerOrganization: 7 }));

    const outcomes = await Promise.all(Array.from({ length: 50 }, (_, at) => creators[at % 5]?.create(session())));

    assert.equal(outcomes.filter((outcome) => outcome?.ok).length, 7);
    assert.equal((await Array.fromAsync(sessionsOf(subject.store).all())).length, 7);
    const refusals = outcomes.flatMap((outcome) => (outcome?.ok === false ? [outcome.refusal] : []));
    assert.deepEqual(new Set(refusals.map(({ code }) => code)), new Set(['conflict']));
    assert.deepEqual(refusals[0]?.details, { reason: 'too_many_sessions', limit: 7 });
  });

  test(`${engine}: a deleted session leaves its place, and other organizations have their own`, async () => {
    await using subject = await open({ now: Date.now });
    const sessions = sessionsOf(subject.store, { maxPerOrganization: 1 });
    const [first, second, third] = [session(), session(), session('other')];

    assert.equal((await sessions.create(first)).ok, true);
    assert.equal((await sessions.create(second)).ok, false);
    assert.equal((await sessions.create(third)).ok, true);
    await sessions.delete({ organization: 'acme', session: first.id });

    assert.equal((await sessions.create(second)).ok, true);
    assert.equal((await sessions.create(session())).ok, false);
  });

  test(`${engine}: sessions of an earlier release count, more of them than are listed at a time`, async () => {
    await using subject = await open({ now: Date.now });
    const value = Buffer.from('{}');
    const sets = Array.from({ length: 1_200 }, () => ({ key: ['acme', 'session', newSessionId()] as const, value }));
    for (let at = 0; at < sets.length; at += 400) await subject.store.commit({ sets: sets.slice(at, at + 400) });

    assert.equal((await sessionsOf(subject.store, { maxPerOrganization: 1_200 }).create(session())).ok, false);
    const sessions = sessionsOf(subject.store, { maxPerOrganization: 1_201 });
    assert.equal((await sessions.create(session())).ok, true);
    assert.equal((await sessions.create(session())).ok, false);
  });
}
