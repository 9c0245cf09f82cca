import type { ContactService } from '../../actors/api/contact-service.ts';
import type { GroupService } from '../../actors/api/group-service.ts';
import type { SendService } from '../../actors/api/send-service.ts';
import type { AuditLog } from '../../actors/audit-log.ts';
import type { ApiKeys } from '../../store/records/api-keys/api-keys.ts';
import type { Events } from '../../store/records/event-log.ts';
import type { AccessServices } from '../auth/route-access.ts';
import type { ConcurrencyLimit } from '../load-shedding/concurrency-limit.ts';
import type { MetricsEndpoint } from '../metrics/metrics-endpoint.ts';
import type { Streams } from '../streams/streams.ts';

/** Whether this process can do its work now. `details` are public in `/readyz`: no secrets. */
interface Readiness {
  ready: boolean;
  details?: Record<string, string | number | boolean>;
}

/** The dependencies of the route handlers. */
export interface Services extends AccessServices {
  sends: SendService;
  groups: GroupService;
  contacts: ContactService;
  events: Events;
  apiKeys: ApiKeys;
  audit: AuditLog;
  concurrencyLimit: ConcurrencyLimit;
  streams: Streams;
  /** Epoch milliseconds. */
  now: () => number;
  /** Null when the metrics are not served on this port. */
  metricsEndpoint: MetricsEndpoint | null;
  readiness: () => Readiness | Promise<Readiness>;
}
