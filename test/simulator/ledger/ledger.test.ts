import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fact } from '../../../simulator/ledger/entries.ts';
import { Ledger } from '../../../simulator/ledger/ledger.ts';

function delivery(id: string, to: string, device = 0): Fact {
  return {
    kind: 'delivery',
    id,
    to,
    device,
    from: '15551234567',
    chat: to,
    ownCopy: false,
    resend: 0,
    edits: undefined,
    poll: undefined,
    text: id,
    message: {},
  };
}

test('entries are numbered in order, and beyond the capacity the oldest are dropped and counted', () => {
  const ledger = new Ledger(10);
  for (let count = 1; count <= 11; count += 1)
    ledger.append({ kind: 'problem', connection: undefined, reason: `${count}` });

  assert.equal(ledger.entries.length, 10);
  assert.equal(ledger.dropped, 1);
  assert.deepEqual([ledger.entries.at(0)?.seq, ledger.entries.at(-1)?.seq], [2, 11]);
});

test('a message whose first entries were dropped is found in those that are left', () => {
  const ledger = new Ledger(10);
  for (let count = 1; count <= 11; count += 1) ledger.append(delivery(count % 2 === 0 ? 'even' : 'odd', '15550000001'));

  assert.deepEqual(
    ledger.deliveries({ id: 'odd' }).map(({ seq }) => seq),
    [3, 5, 7, 9, 11],
  );
  assert.deepEqual(ledger.tally('even').decrypted, { '15550000001:0': 5 });
});

test('decryption failures and retry requests are counted, also when their entries are dropped', () => {
  const ledger = new Ledger(1);
  const unread = { id: 'A', from: '15551234567', to: '15550000001', device: 0, chat: '', reason: '' };
  const receipt = { connection: 1, account: undefined, id: 'A', to: undefined, from: undefined, children: [] };
  const asked = { ...receipt, kind: 'stanza', tag: 'receipt', attrs: { type: 'retry' } } as const;
  ledger.append({ kind: 'undecryptable', ...unread, resend: 0, retry: 1 });
  ledger.append({ kind: 'undecryptable', ...unread, resend: 1, retry: 2 });
  ledger.append({ kind: 'undecryptable', ...unread, resend: 2, retry: 0 });
  ledger.append({ ...asked, direction: 'out' });
  ledger.append({ ...asked, direction: 'in' });
  ledger.append({ ...asked, direction: 'in' });
  ledger.append({ ...asked, direction: 'in', attrs: { type: 'read' } });

  assert.deepEqual(ledger.signal, { undecryptable: 1, askedByDevices: 2, askedByClients: 2, reusedKeys: 0 });
});

test('deliveries are found by recipient, in any notation, by id and by device', () => {
  const ledger = new Ledger(100);
  ledger.append(delivery('A', '15550000001'));
  ledger.append(delivery('A', '15550000001', 1));
  ledger.append(delivery('B', '15550000002'));

  for (const to of ['15550000001', '+1 555 000 0001', '15550000001@s.whatsapp.net', '100000015550000001@lid']) {
    assert.equal(ledger.deliveries({ to }).length, 2);
  }
  assert.equal(ledger.deliveries({ id: 'B' }).length, 1);
  assert.equal(ledger.deliveries({ id: 'A', device: 1 }).length, 1);
});

test('waiting finds what happened before and what happens later', async () => {
  const ledger = new Ledger(100);
  ledger.append(delivery('A', '15550000001'));

  assert.equal((await ledger.waitForDelivery({ id: 'A' })).text, 'A');
  const later = ledger.waitFor((entry) => entry.kind === 'delivery' && entry.id === 'B');
  ledger.append(delivery('B', '15550000001'));
  assert.equal((await later).seq, 2);
});

test('a wait ends with a timeout that shows the last entries, or when the ledger closes', async () => {
  const ledger = new Ledger(100);
  ledger.append({ kind: 'problem', connection: 7, reason: 'what happened instead' });

  await assert.rejects(
    ledger.waitFor(() => false, { timeoutMs: 1 }),
    { code: 'timeout', message: /what happened instead/ },
  );
  const waiting = ledger.waitFor(() => false);
  ledger.close();
  await assert.rejects(waiting, { code: 'unavailable' });
});
