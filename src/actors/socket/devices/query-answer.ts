import type { BinaryNode } from '@whiskeysockets/baileys';

/** Whether a query was answered: Baileys resolves one that times out as well, without a stanza. */
export function isAnswer(answer: unknown): answer is BinaryNode {
  return typeof answer === 'object' && answer !== null && 'tag' in answer && 'attrs' in answer;
}
