import { appendFileSync } from 'node:fs';
import { watchOutbound } from './outbound.ts';

/** Preloaded into a gateway: everybody whom it reaches, this computer included, is a line in the file OUTBOUND_LOG. */
const log = process.env['OUTBOUND_LOG'];
if (log === undefined) throw new Error('OUTBOUND_LOG names no file');

watchOutbound(({ by, host, port }) => appendFileSync(log, `${by} ${host}${port === null ? '' : ` ${port}`}\n`));
