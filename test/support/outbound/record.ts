import { writeSync } from 'node:fs';
import { watchOutbound } from './watch.ts';

/** Preloaded into a gateway: writes a line for every place that it connects to. */
watchOutbound((host, port) => {
  if (port !== null) writeSync(2, `outbound ${host}:${port}\n`);
});
