import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { parse } from 'yaml';
import { read, root } from './project.ts';

const LabelsSchema = v.record(v.string(), v.string());
const PortSchema = v.union([v.string(), v.number()]);
const ProbeSchema = v.looseObject({ httpGet: v.strictObject({ path: v.string(), port: v.string() }) });
const MetadataSchema = v.looseObject({ name: v.string(), labels: LabelsSchema });
const SelectorSchema = v.strictObject({ matchLabels: LabelsSchema });

const EnvironmentSchema = v.array(
  v.strictObject({
    name: v.string(),
    value: v.optional(v.string()),
    valueFrom: v.optional(
      v.strictObject({
        secretKeyRef: v.optional(
          v.strictObject({ name: v.string(), key: v.string(), optional: v.optional(v.boolean()) }),
        ),
        fieldRef: v.optional(v.strictObject({ fieldPath: v.string() })),
      }),
    ),
  }),
);

const ContainerSchema = v.looseObject({
  image: v.string(),
  env: EnvironmentSchema,
  ports: v.array(v.strictObject({ name: v.string(), containerPort: v.number() })),
  lifecycle: v.optional(
    v.strictObject({ preStop: v.strictObject({ exec: v.strictObject({ command: v.array(v.string()) }) }) }),
  ),
  startupProbe: ProbeSchema,
  livenessProbe: ProbeSchema,
  readinessProbe: ProbeSchema,
  resources: v.looseObject({ limits: v.record(v.string(), v.string()) }),
  securityContext: v.strictObject({
    allowPrivilegeEscalation: v.boolean(),
    readOnlyRootFilesystem: v.boolean(),
    capabilities: v.strictObject({ drop: v.array(v.string()) }),
  }),
  volumeMounts: v.array(v.strictObject({ name: v.string(), mountPath: v.string() })),
});

const PodSchema = v.looseObject({
  automountServiceAccountToken: v.boolean(),
  enableServiceLinks: v.boolean(),
  terminationGracePeriodSeconds: v.number(),
  securityContext: v.looseObject({
    runAsNonRoot: v.boolean(),
    runAsUser: v.number(),
    runAsGroup: v.number(),
    fsGroup: v.optional(v.number()),
    seccompProfile: v.strictObject({ type: v.string() }),
  }),
  containers: v.strictTuple([ContainerSchema]),
  volumes: v.array(v.looseObject({ name: v.string() })),
});

/** A Deployment or a StatefulSet. */
const WorkloadSchema = v.looseObject({
  metadata: MetadataSchema,
  spec: v.looseObject({
    replicas: v.number(),
    selector: SelectorSchema,
    template: v.strictObject({ metadata: v.strictObject({ labels: LabelsSchema }), spec: PodSchema }),
    volumeClaimTemplates: v.optional(v.array(v.looseObject({ metadata: v.looseObject({ name: v.string() }) })), []),
  }),
});

const ServiceSchema = v.looseObject({
  spec: v.looseObject({ selector: LabelsSchema, ports: v.array(v.looseObject({ targetPort: PortSchema })) }),
});

const RuleSchema = v.looseObject({ ports: v.array(v.strictObject({ protocol: v.string(), port: PortSchema })) });

const NetworkPolicySchema = v.looseObject({
  spec: v.looseObject({
    podSelector: SelectorSchema,
    policyTypes: v.array(v.string()),
    ingress: v.array(RuleSchema),
    egress: v.array(RuleSchema),
  }),
});

const DisruptionBudgetSchema = v.looseObject({
  spec: v.strictObject({ maxUnavailable: v.number(), selector: SelectorSchema }),
});

const KustomizationSchema = v.looseObject({
  resources: v.array(v.string()),
  images: v.array(v.strictObject({ name: v.string(), newName: v.string(), newTag: v.string() })),
});

const schemas = {
  Deployment: WorkloadSchema,
  StatefulSet: WorkloadSchema,
  Service: ServiceSchema,
  NetworkPolicy: NetworkPolicySchema,
  PodDisruptionBudget: DisruptionBudgetSchema,
  Kustomization: KustomizationSchema,
} as const;

/** The manifests of a folder in `deploy/kubernetes`. */
export class Manifests {
  /** The names of its files, but for the kustomization. */
  readonly files: string[];
  readonly kustomization: v.InferOutput<typeof KustomizationSchema>;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = join('deploy/kubernetes', folder);
    this.files = readdirSync(join(root, this.#folder)).filter((name) => name !== 'kustomization.yaml');
    this.kustomization = this.read('kustomization.yaml', 'Kustomization');
  }

  /** The resource in a file, which must be of this kind. */
  read<K extends keyof typeof schemas>(file: string, kind: K): v.InferOutput<(typeof schemas)[K]> {
    const document: unknown = parse(read(join(this.#folder, file)));
    v.assert(v.looseObject({ kind: v.literal(kind) }), document);
    return v.parse(schemas[kind], document);
  }
}
