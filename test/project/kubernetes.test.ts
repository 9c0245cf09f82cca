import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingNames } from '../../src/config.ts';
import { live, ready } from '../../src/http/routes/health.ts';
import { pairsOf, parseDockerfile } from './support/dockerfile.ts';
import { Manifests } from './support/kubernetes.ts';
import { constantIn, packageJson, read } from './support/project.ts';

const image = parseDockerfile(read('Dockerfile')).at(-1)?.instructions ?? [];
const textOf = (name: string): string => image.find((instruction) => instruction.name === name)?.text ?? '';
const imagePort = Number(textOf('EXPOSE'));
const [user, group] = textOf('USER').split(':').map(Number);
const imageData = pairsOf(
  image
    .filter(({ name }) => name === 'ENV')
    .map(({ text }) => text)
    .join(' '),
).get('DATA_DIR');

const embedded = new Manifests('embedded');
const redis = new Manifests('redis');
const statefulSet = embedded.read('stateful-set.yaml', 'StatefulSet');
const deployment = redis.read('deployment.yaml', 'Deployment');
const cases = [
  { name: 'embedded', manifests: embedded, workload: statefulSet },
  { name: 'redis', manifests: redis, workload: deployment },
];

for (const { name, manifests, workload } of cases) {
  const { replicas, selector, template, volumeClaimTemplates } = workload.spec;
  const pod = template.spec;
  const [gateway] = pod.containers;
  const settings = new Map(gateway.env.map((variable) => [variable.name, variable]));
  const portNames = gateway.ports.map((port) => port.name);
  const policy = manifests.read('network-policy.yaml', 'NetworkPolicy').spec;

  test(`${name}: every file is a resource, and the image is that of this release`, () => {
    assert.deepEqual(manifests.kustomization.resources, manifests.files.toSorted());
    assert.deepEqual(
      manifests.kustomization.images.map(({ name, newTag }) => [name, newTag]),
      [[gateway.image, packageJson.version]],
    );
  });

  test(`${name}: settings exist, and secrets come from a secret`, () => {
    for (const setting of settings.keys()) assert(settingNames.includes(setting), setting);
    for (const secret of ['MASTER_KEY', 'REDIS_URL', 'METRICS_TOKEN']) {
      const variable = settings.get(secret);
      assert.equal(variable?.value, undefined);
      assert(variable === undefined || variable.valueFrom?.secretKeyRef?.name === 'troupe', secret);
    }
    assert.equal(settings.get('MASTER_KEY')?.valueFrom?.secretKeyRef?.optional, undefined);
  });

  test(`${name}: ports are those of the image and of the settings, and what names them does so rightly`, () => {
    const metricsPort = Number(settings.get('METRICS_PORT')?.value);

    assert.deepEqual(gateway.ports, [
      { name: 'http', containerPort: imagePort },
      { name: 'metrics', containerPort: metricsPort },
    ]);
    for (const { targetPort } of manifests.read('service.yaml', 'Service').spec.ports) assert.equal(targetPort, 'http');
    assert.deepEqual(
      policy.ingress.flatMap(({ ports }) => ports.map(({ port }) => port)),
      portNames,
    );
  });

  test(`${name}: it starts and lives by liveness, and is asked by readiness only whether it can work`, () => {
    assert.deepEqual(gateway.startupProbe.httpGet, { path: live.path, port: 'http' });
    assert.deepEqual(gateway.livenessProbe.httpGet, { path: live.path, port: 'http' });
    assert.deepEqual(gateway.readinessProbe.httpGet, { path: ready.path, port: 'http' });
  });

  test(`${name}: a gateway has more time to end than it takes`, () => {
    const [program, seconds = '0'] = gateway.lifecycle?.preStop.exec.command ?? [];
    const drains = constantIn('src/commands/serve.ts', 'closeDeadlineMs');

    assert(program === undefined || program === 'sleep');
    assert((pod.terminationGracePeriodSeconds - Number(seconds)) * 1_000 >= drains + 5_000);
  });

  test(`${name}: it runs as the user of its image, without a right to spare, and writes to its mounts only`, () => {
    const { runAsNonRoot, runAsUser, runAsGroup, seccompProfile } = pod.securityContext;
    const mounted = gateway.volumeMounts.map((mount) => mount.name);
    const volumes = [...pod.volumes.map((volume) => volume.name), ...volumeClaimTemplates.map((c) => c.metadata.name)];

    assert.deepEqual(
      { runAsNonRoot, runAsUser, runAsGroup },
      { runAsNonRoot: true, runAsUser: user, runAsGroup: group },
    );
    assert.equal(seccompProfile.type, 'RuntimeDefault');
    assert.deepEqual(gateway.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    assert.deepEqual([pod.automountServiceAccountToken, pod.enableServiceLinks], [false, false]);
    assert.deepEqual(new Set(mounted), new Set(volumes));
    assert.equal(gateway.volumeMounts.find((mount) => mount.name === 'data')?.mountPath, imageData);
    assert.match(gateway.resources.limits['memory'] ?? '', /^\d+Gi$/);
  });

  test(`${name}: whatever selects pods selects these`, () => {
    const { labels } = template.metadata;

    assert.deepEqual(selector.matchLabels, labels);
    assert.deepEqual(policy.podSelector.matchLabels, labels);
    assert.deepEqual(manifests.read('service.yaml', 'Service').spec.selector, labels);
    assert(replicas >= 1);
  });

  test(`${name}: it may go where it has to: names, WhatsApp and login keys, its store`, () => {
    const ports = policy.egress.flatMap((rule) => rule.ports.map(({ port }) => port));

    assert.deepEqual(policy.policyTypes, ['Ingress', 'Egress']);
    assert.deepEqual(ports, name === 'redis' ? [53, 53, 443, 6379] : [53, 53, 443]);
  });
}

test('the embedded store has one gateway, and a private folder on its volume', () => {
  const [gateway] = statefulSet.spec.template.spec.containers;
  const data = gateway.env.find(({ name }) => name === 'DATA_DIR')?.value ?? '';

  assert.equal(statefulSet.spec.replicas, 1);
  assert(data.startsWith(`${imageData}/`));
  assert.deepEqual(
    statefulSet.spec.volumeClaimTemplates.map(({ metadata }) => metadata.name),
    ['data'],
  );
});

test('with Redis there are several gateways, each with a name of its own, of which one may be away', () => {
  const [gateway] = deployment.spec.template.spec.containers;
  const settings = new Map(gateway.env.map((variable) => [variable.name, variable.valueFrom]));
  const budget = redis.read('disruption-budget.yaml', 'PodDisruptionBudget').spec;

  assert(deployment.spec.replicas >= 2);
  assert.equal(settings.get('NODE_ID')?.fieldRef?.fieldPath, 'metadata.name');
  assert(settings.get('REDIS_URL')?.secretKeyRef !== undefined);
  assert.deepEqual(budget, { maxUnavailable: 1, selector: deployment.spec.selector });
});
