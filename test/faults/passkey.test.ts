import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from 'valibot';
import { Authenticator } from '../support/authenticator.ts';
import { eventually } from '../support/eventually.ts';
import { startBalancedCluster } from './support/cluster.ts';
import { startWorld } from './support/world.ts';

const Asked = v.looseObject({ publicKey: v.looseObject({ challenge: v.string(), rpId: v.string() }) });

const [phone, otherPhone] = ['491700000001', '491700000002'];

test('kill -9 while a passkey is awaited, or just after it was given, leaves a session that can be linked', async () => {
  await using world = await startWorld();
  const { client, simulator } = world;
  const authenticator = new Authenticator();
  let gateway = await world.start();
  for (const isGiven of [false, true]) {
    simulator.setPasskey(phone, { credential: authenticator.credential });
    const { id } = await client.created();
    await simulator.scanQr(await client.qr(id), phone);
    const path = `/sessions/${id}/passkey`;
    const { publicKey } = await eventually(async () => v.parse(Asked, (await client.call('GET', path)).body));
    if (isGiven) assert.equal((await client.call('POST', path, authenticator.assert(publicKey))).status, 200);

    await gateway.end('SIGKILL');
    gateway = await world.start();

    // Whether WhatsApp had linked it by then is a matter of luck after the answer, and excluded before it.
    const isLinked = (await client.session(id))['phoneNumber'] === phone;
    assert.ok(isGiven || !isLinked);
    if (!isLinked) await simulator.scanQr(await client.qr(id), otherPhone);
    await client.until(id, 'connected');
  }
});

test('every node tells the challenge and takes the answer, whichever of them owns the session', async () => {
  await using world = await startBalancedCluster(['a', 'b']);
  const { client, simulator, nodes } = world;
  const ask = (url: string, method: string, path: string, body?: object) =>
    fetch(`${url}/api/v1/sessions/${path}`, {
      method,
      headers: { authorization: `Bearer ${client.token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });

  for (const [at, { url }] of nodes.entries()) {
    const [number, authenticator] = [`49170000010${at}`, new Authenticator()];
    const { id } = await client.created();
    await client.call('POST', `/sessions/${id}:start`);
    simulator.setPasskey(number, { credential: authenticator.credential });
    await simulator.scanQr(await client.qr(id), number);
    // From the first node and from the second, so that one of them is not the owner.
    const { publicKey } = await eventually(async () => {
      const answer = await ask(url, 'GET', `${id}/passkey`);
      return v.parse(Asked, await answer.json());
    });
    const refused = await ask(url, 'POST', `${id}/passkey`, authenticator.assert(publicKey, { flags: 0 }));
    assert.equal(refused.status, 502);
    const again = v.parse(Asked, await (await ask(url, 'GET', `${id}/passkey`)).json());
    const given = await ask(url, 'POST', `${id}/passkey`, authenticator.assert(again.publicKey));
    assert.equal(given.status, 200);
    await client.until(id, 'connected');
  }
});
