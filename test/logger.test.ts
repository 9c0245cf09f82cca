import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logger } from 'pino';
import { loggerTo } from '../src/logger.ts';

/** What a call writes, but for the time. */
function written(call: (logger: Logger) => void): Record<string, unknown> {
  const lines: string[] = [];
  call(loggerTo({ write: (line: string) => void lines.push(line) }, 'trace'));
  assert.equal(lines.length, 1);
  const { time, ...rest } = JSON.parse(lines[0] ?? '');
  assert.match(time, /^\d{4}-.*Z$/);
  return rest;
}

const secret = 'a secret of somebody';

test('known facts are written as they are', () => {
  const facts = { organization: 'acme', session: '01JXYZ', status: 200, durationMs: 1.5, reason: null, aborted: true };

  assert.deepEqual(
    written((logger) => logger.info(facts, 'request')),
    { level: 30, ...facts, msg: 'request' },
  );
});

test('of traces their ids are written, also those that OpenTelemetry adds, and nothing else that stands in their place', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const added = { trace_id: traceId, span_id: '00f067aa0ba902b7', trace_flags: '01' };

  assert.deepEqual(
    written((logger) => logger.info({ traceId, ...added }, 'request')),
    { level: 30, traceId, ...added, msg: 'request' },
  );
  const wrong = { traceId: secret, trace_id: traceId.toUpperCase(), span_id: secret };
  assert.deepEqual(
    written((logger) => logger.info(wrong, 'request')),
    { level: 30, dropped: 3, msg: 'request' },
  );
});

test('whatever is not known, or is not what it should be, is left out and counted', () => {
  const unknown = { text: secret, headers: { authorization: secret }, jid: '15551234567@s.whatsapp.net', secret: null };
  const wrong = {
    organization: { name: secret },
    session: secret,
    status: [secret],
    reason: `to ${secret}@example.com`,
  };

  const line = written((logger) => logger.warn({ ...unknown, ...wrong, count: 1 }, 'odd'));

  assert.deepEqual(line, { level: 40, count: 1, dropped: 8, msg: 'odd' });
});

test('of an error its name, its code and where it was thrown are written, never what it says', () => {
  const cause = new Error(secret);
  const error = Object.assign(new TypeError(`${secret}\n    at ${secret} (file:///x.ts:1:1)`, { cause }), {
    code: 'E_ODD',
  });

  for (const call of [
    (logger: Logger) => logger.error({ err: error }, 'failed'),
    (logger: Logger) => logger.error(error, 'failed'),
    (logger: Logger) => logger.error(error),
    (logger: Logger) => logger.error({ err: error }),
  ]) {
    const line = written(call);
    assert.ok(!JSON.stringify(line).includes(secret));
    assert.deepEqual([line['error'], line['errorCode']], ['TypeError', 'E_ODD']);
    assert.match(String(line['at']), /logger\.test\.ts:\d+:\d+/);
  }
});

test('a function that is named after a key of data does not bring it into the log', () => {
  const byNumber = {
    '15551234567': () => {
      throw new Error('thrown');
    },
  };

  const line = written((logger) => {
    try {
      byNumber['15551234567']();
    } catch (err) {
      logger.error({ err }, 'failed');
    }
  });

  assert.match(String(line['at']), /logger\.test\.ts:\d+:\d+/);
  assert.ok(!JSON.stringify(line).includes('15551234567'));
});

test('what stands behind the message does not get into it', () => {
  const line = written((logger) => logger.info({ count: 1 }, 'said %s', secret));

  assert.deepEqual(line, { level: 30, count: 1, msg: 'said %s' });
});

test('what a child logger always says passes the same gate', () => {
  const line = written((logger) => logger.child({ text: secret }).child({ session: '01J', jid: secret }).info('hello'));

  assert.ok(!JSON.stringify(line).includes(secret));
  assert.equal(line['session'], '01J');
});

test('a message alone, an undefined fact and no facts at all are fine', () => {
  assert.deepEqual(
    written((logger) => logger.info('hello')),
    { level: 30, msg: 'hello' },
  );
  assert.deepEqual(
    written((logger) => logger.info({ reason: undefined }, 'hello')),
    { level: 30, msg: 'hello' },
  );
});
