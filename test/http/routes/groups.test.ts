import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApi } from '../support/api.ts';
import { errorOf, issuesOf } from '../support/envelope.ts';

const code = 'AbCdEfGhIjKlMnOpQrStUv';
const groupJid = '120363021234567890@g.us';
const member = { jid: '6281234567890@s.whatsapp.net', lid: null, role: 'admin' } as const;

async function grouped() {
  const api = await startApi();
  const [key, session] = [await api.key({ capabilities: ['read', 'send'] }), await api.linkedSession()];
  api.groups.add({ jid: groupJid, subject: 'Family', owner: member.jid, members: [member] }, code);
  const join = (json: unknown) => api.ask(`POST /api/v1/sessions/${session}/groups:join`, { key, json });
  const get = (rest: string) => api.ask(`GET /api/v1/sessions/${session}/groups/${rest}`, { key });
  return { api, session, join, get };
}

test('a group is joined by a bare code and by any form of its link', async () => {
  const { api, join } = await grouped();
  await using _ = api;
  const link = `chat.whatsapp.com/${code}`;
  const invites = [code, ` ${code} `, link, `https://${link}`, `http://${link}?mode=r`, `https://${link}#x`];

  for (const invite of invites) {
    const answer = await join({ invite });
    assert.deepEqual([answer.status, answer.json], [200, { groupJid }], invite);
  }
  assert.deepEqual(new Set(api.groups.asked), new Set([code]));
});

test('an invite that is missing or cannot be one is 400 and named, without asking WhatsApp', async () => {
  const { api, join } = await grouped();
  await using _ = api;
  const bad = [undefined, null, 7, '', 'x', 'https://example.com/AbCdEfGhIjKl', 'a b c d e f g h', '?'.repeat(60_000)];

  for (const invite of bad) issuesOf(await join({ invite }), 'invite');
  issuesOf(await join({ invite: code, code }), 'code');
  issuesOf(await join(undefined), 'invite');
  assert.deepEqual(api.groups.asked, []);
});

test('an expired invite is 400, one that needs an approval is 409, and a session that is not connected 501', async () => {
  const { api, session, join } = await grouped();
  await using _ = api;
  api.groups.add({ jid: '120363021234567891@g.us' }, 'needs-approval', true);

  errorOf(await join({ invite: 'expired-expired' }), 400, 'validation_error');
  errorOf(await join({ invite: 'needs-approval' }), 409, 'conflict');
  await api.sessions.stop({ organization: 'acme', session });
  errorOf(await join({ invite: code }), 501, 'not_implemented');
});

test('a group and its members are shown, with the @ encoded or not', async () => {
  const { api, get } = await grouped();
  await using _ = api;

  for (const gid of [groupJid, groupJid.replace('@', '%40')]) {
    const [group, members] = [await get(gid), await get(`${gid}/members`)];
    assert.deepEqual(group.json, {
      groupJid,
      subject: 'Family',
      description: null,
      ownerJid: member.jid,
      participantCount: 1,
      isAnnounce: false,
      isLocked: false,
      createdAtWa: null,
      firstSeenAt: 1_700_000_000_000,
      updatedAt: 1_700_000_000_001,
    });
    assert.deepEqual(members.json, { data: [member], nextCursor: null });
  }
});

test('an unknown group and what is no group are 404', async () => {
  const { api, get } = await grouped();
  await using _ = api;

  for (const gid of ['120363021234567899@g.us', 'x', member.jid, '%00', `${groupJid}%0A`]) {
    assert.equal(errorOf(await get(gid), 404, 'not_found').message, 'group not found');
    errorOf(await get(`${gid}/members`), 404, 'not_found');
  }
});
