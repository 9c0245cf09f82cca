import {
  areJidsSameUser,
  type BinaryNode,
  type GroupMetadata,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  type WASocket,
} from '@whiskeysockets/baileys';
import type { GroupCache } from '../commands/group-cache.ts';

export interface GroupEventsDeps {
  groups: Pick<GroupCache, 'changed' | 'left' | 'listing' | 'listed'>;
  /** Wraps a callback so that its exceptions are caught. */
  guarded: <A extends unknown[]>(run: (...args: A) => void) => (...args: A) => void;
}

/**
 * Tells the cache what happens to groups. Changes are taken from the wire: Baileys reports some of them only (the timer
 * is a message to it), and throws on a member's new number.
 */
export function mapGroupEvents(socket: WASocket, { groups, guarded }: GroupEventsDeps): void {
  socket.ws.on(
    'CB:notification,type:w:gp2',
    guarded((node: BinaryNode) => {
      const { from } = node.attrs;
      if (from === undefined) return;
      if (isOwnRemoval(node, socket.user)) groups.left(from);
      else groups.changed(from);
    }),
  );
  socket.ws.on(
    'CB:ib,,dirty',
    guarded((node: BinaryNode) => {
      // Baileys asks for all groups; the answer comes as `groups.update`.
      if (getBinaryNodeChild(node, 'dirty')?.attrs['type'] === 'groups') groups.listing();
    }),
  );
  socket.ev.on(
    'groups.update',
    guarded((updates) => {
      const all = updates.filter(isWhole);
      // An empty list may also be an answer that Baileys could not read.
      if (all.length > 0) groups.listed(all);
    }),
  );
}

function isOwnRemoval(node: BinaryNode, own: WASocket['user']): boolean {
  const removed = ['remove', 'leave'].flatMap((tag) =>
    getBinaryNodeChildren(getBinaryNodeChild(node, tag), 'participant').flatMap(({ attrs }) => attrs['jid'] ?? []),
  );
  return removed.some((jid) => areJidsSameUser(jid, own?.id) || areJidsSameUser(jid, own?.lid));
}

/** Whether these are all metadata of a group; a notification of a change brings some only. */
function isWhole(update: Partial<GroupMetadata>): update is GroupMetadata {
  return update.id !== undefined && update.subject !== undefined && update.participants !== undefined;
}
