import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import type { Metrics } from '../../../domain/metrics.ts';

/** Counts requests of devices that could not decrypt a message of this session. */
export function countRetryReceipts({ ws }: Pick<WASocket, 'ws'>, metrics: Pick<Metrics, 'retryReceipt'>): void {
  ws.on('CB:receipt', ({ attrs }: BinaryNode) => {
    if (attrs['type'] === 'retry') metrics.retryReceipt();
  });
}
