import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseEnv } from 'node:util';
import { live, ready } from '../../src/http/routes/health.ts';
import { milliseconds, optionsOf, parseCompose, type Service } from './support/compose.ts';
import { pairsOf, parseDockerfile } from './support/dockerfile.ts';
import { constantIn, read, root } from './support/project.ts';

const source = read('compose.yaml');
const { services, networks, volumes } = parseCompose(source);
const everyService = Object.entries(services);
const gateways = everyService.filter(([, { build }]) => build !== undefined);

const image = parseDockerfile(read('Dockerfile')).at(-1)?.instructions ?? [];
const textOf = (name: string): string => image.find((instruction) => instruction.name === name)?.text ?? '';
const imageEnvironment = pairsOf(
  image
    .filter(({ name }) => name === 'ENV')
    .map(({ text }) => text)
    .join(' '),
);

const caddyfile = read('deploy/Caddyfile').replaceAll(/^\s*#.*\n/gm, '');

function service(name: string): Service {
  const found = services[name];
  assert(found, `there is no service ${name}`);
  return found;
}

/** The value of a directive of the Caddyfile that stands there once. */
function directive(name: string): string {
  const [value, ...others] = [...caddyfile.matchAll(new RegExp(`^\\s*${name} (.*)$`, 'gm'))].map(
    ([, text = '']) => text,
  );
  assert.deepEqual(others, [], name);
  assert(value, `there is no ${name}`);
  return value;
}

test('there are two gateways of this project, one Redis and one balancer', () => {
  assert.deepEqual(Object.keys(services), ['gateway-1', 'gateway-2', 'redis', 'balancer']);
  assert.deepEqual(
    gateways.map(([name]) => name),
    ['gateway-1', 'gateway-2'],
  );
});

test('the gateways differ in their names only', () => {
  const [one, other] = gateways.map(
    ([
      ,
      {
        environment: { NODE_ID: _, ...rest },
        ...gateway
      },
    ]) => ({ rest, gateway }),
  );

  for (const [name, { environment }] of gateways) assert.equal(environment['NODE_ID'], name);
  assert.deepEqual(one, other);
});

test('the gateways share a Redis that is a service here', () => {
  for (const [, { environment, networks: reached }] of gateways) {
    const { protocol, hostname, port } = new URL(environment['REDIS_URL'] ?? '');
    assert.deepEqual([protocol, port], ['redis:', '6379']);
    assert(reached.some((network) => service(hostname).networks.includes(network)));
  }
});

test('the master key must be given, and no secret is in the file', () => {
  for (const [, { environment }] of gateways)
    assert.match(environment['MASTER_KEY'] ?? '', /^\$\{MASTER_KEY:\?[^}]+\}$/);
  assert.doesNotMatch(source, /\b[0-9a-f]{32,}\b|:\/\/[^/\s]*@|password|requirepass/i);
});

test('every setting of the gateway can be given from outside, or is one of the image or of this file', () => {
  const settings = Object.keys(parseEnv(read('.env.example').replaceAll(/^#(?=[A-Z_]+=)/gm, '')));
  const ours = new Set(['REDIS_URL', 'NODE_ID', 'MASTER_KEY']);

  assert(settings.length > 10);
  for (const name of settings) assert(name in service('gateway-1').environment || imageEnvironment.has(name), name);
  for (const [name, value] of Object.entries(service('gateway-1').environment)) {
    if (!ours.has(name)) assert.equal(value, `\${${name}:-}`);
    assert(!imageEnvironment.has(name), name);
  }
});

test('a gateway has more time to end than it takes, and so has whatever it needs for that', () => {
  const longest = constantIn('src/commands/serve.ts', 'closeDeadlineMs');

  for (const [, { stop_grace_period }] of gateways) assert(milliseconds(stop_grace_period) >= longest + 5_000);
  assert(milliseconds(service('redis').stop_grace_period) >= longest);
  for (const [, { depends_on }] of gateways) assert.deepEqual(depends_on, { redis: { condition: 'service_healthy' } });
});

test('a gateway writes where its image does, to memory, as the user of its image', () => {
  const [user, group] = textOf('USER').split(':');

  for (const [, { tmpfs, volumes: mounted, user: other }] of gateways) {
    const data = tmpfs.find((mount) => mount.startsWith(`${imageEnvironment.get('DATA_DIR')}:`)) ?? '';
    for (const option of [`uid=${user}`, `gid=${group}`, 'mode=0700'])
      assert(data.split(/[:,]/).includes(option), option);
    assert.deepEqual([mounted, other], [[], undefined]);
  }
});

test('nobody writes to their root file system, has rights to spare, can get any, or takes all of the memory', () => {
  for (const [name, { read_only, cap_drop, cap_add, security_opt, restart, user }] of everyService) {
    assert.deepEqual([read_only, cap_drop, restart], [true, ['ALL'], 'unless-stopped'], name);
    assert.deepEqual(security_opt, ['no-new-privileges:true'], name);
    assert.deepEqual(cap_add, name === 'balancer' ? ['NET_BIND_SERVICE'] : [], name);
    if (name.startsWith('gateway')) continue;
    assert.match(user ?? '', /^[1-9]\d*:[1-9]\d*$/, name);
  }
});

test('images of others are named with a version', () => {
  for (const name of ['redis', 'balancer']) assert.match(service(name).image, /^[a-z]+:\d+\.\d+[\w.-]*$/);
});

test('every service is asked for its health: gateways, also through the balancer, at the route that tells readiness', () => {
  const port = imageEnvironment.get('PORT');

  for (const [name, { healthcheck }] of [...gateways, ['balancer', service('balancer')] as const]) {
    const [, address = ''] = /(http:[^'\s]+)/.exec(healthcheck.test.join(' ')) ?? [];
    assert.equal(address, `http://127.0.0.1:${port}${ready.path}`, name);
  }
  assert.equal(service('gateway-1').healthcheck.test[1], 'node');
  assert.match(service('redis').healthcheck.test.join(' '), /^CMD-SHELL redis-cli ping \| grep -q PONG$/);
  assert.notEqual(ready.path, live.path);
});

test('Redis keeps all that it has acknowledged, and throws nothing away', () => {
  const { command, volumes: mounted, mem_limit } = service('redis');
  const options = optionsOf(command);

  assert.equal(command[0], 'redis-server');
  assert.equal(options.get('appendonly'), 'yes');
  assert.equal(options.get('appendfsync'), 'always');
  assert.equal(options.get('maxmemory-policy'), 'noeviction');
  assert.equal(options.get('save'), '');
  assert.deepEqual([options.get('maxmemory'), mem_limit], ['1gb', '2g']);
  assert.deepEqual(mounted, ['redis-data:/data']);
  assert('redis-data' in volumes);
});

test('only the balancer has a published port, for this machine only, and only gateways reach Redis', () => {
  const reachingRedis = everyService.filter(([, other]) => other.networks.includes('store')).map(([name]) => name);

  assert.deepEqual(service('redis').networks, ['store']);
  assert.deepEqual(networks['store'], { internal: true });
  assert.deepEqual(reachingRedis, ['gateway-1', 'gateway-2', 'redis']);
  for (const [name, { ports }] of everyService) {
    assert.deepEqual(ports, name === 'balancer' ? ['127.0.0.1:8080:8080'] : [], name);
  }
});

test('the balancer knows every gateway at the port of the image, and reads the file that is here', () => {
  const port = textOf('EXPOSE');
  const [, upstreams = ''] = /reverse_proxy ([^{]*)\{/.exec(caddyfile) ?? [];
  const [mount = ''] = service('balancer').volumes;

  assert.deepEqual(
    upstreams.trim().split(' '),
    gateways.map(([name]) => `${name}:${port}`),
  );
  assert.equal(mount, './deploy/Caddyfile:/etc/caddy/Caddyfile:ro');
  assert(existsSync(join(root, 'deploy/Caddyfile')));
  assert.match(caddyfile, /^:8080 \{$/m);
});

test('the balancer sees that a gateway is about to end before that stops answering, and before its readers come back', () => {
  const interval = milliseconds(directive('health_interval'));

  assert.equal(directive('health_uri'), ready.path);
  assert.equal(directive('health_status'), '200');
  assert(interval + milliseconds(directive('health_timeout')) < constantIn('src/commands/serve.ts', 'noticeMs'));
  assert(2 * interval <= constantIn('src/http/streams/sse.ts', 'retryMs'));
});

test('the balancer closes idle connections before a gateway does, and has time to end', () => {
  assert(milliseconds(directive('keepalive')) < constantIn('src/http/server.ts', 'keepAliveTimeoutMs'));
  assert(milliseconds(directive('grace_period')) < milliseconds(service('balancer').stop_grace_period));
});

test('the balancer sends nothing twice that changes something, and lets no caller take a gateway from the others', () => {
  for (const name of ['lb_retry_match', 'fail_duration', 'max_fails', 'unhealthy_', 'request_buffers']) {
    assert.doesNotMatch(caddyfile, new RegExp(`^\\s*${name}`, 'm'));
  }
  assert(milliseconds(directive('dial_timeout')) < milliseconds(directive('lb_try_duration')));
  assert.equal(directive('flush_interval'), '-1');
});

test("what the balancer answers by itself has the form of the gateways' errors", () => {
  const answers = [...caddyfile.matchAll(/^\s*respond .*?`(.*)` (\d+)$/gm)].map(([, body = '', status = '']) => {
    return { ...JSON.parse(body), status: Number(status) };
  });

  assert.deepEqual(
    answers.map(({ error, status }) => [error.code, status, Object.keys(error)]),
    [
      ['unavailable', 503, ['code', 'message', 'details']],
      ['timeout', 504, ['code', 'message', 'details']],
    ],
  );
});
