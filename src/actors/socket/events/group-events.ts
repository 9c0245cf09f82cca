import {
  areJidsSameUser,
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  type WASocket,
} from '@whiskeysockets/baileys';
import type { GroupCache } from '../commands/group-cache.ts';
import type { Guarded } from '../connection-context.ts';

export interface GroupEventsDeps {
  groups: Pick<GroupCache, 'changed' | 'allChanged' | 'left'>;
  guarded: Guarded;
}

/**
 * Tells the cache what happens to groups. Changes are taken from the wire: Baileys reports some of them only (the timer
 * is a message to it), and throws on a member's new number. When all groups are out of date, Baileys asks for them outside
 * the limit of queries, and leaves a refusal uncaught, which would end the connection; so that is taken over.
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
  const listeners = socket.ws.listeners('CB:ib,,dirty');
  socket.ws.removeAllListeners('CB:ib,,dirty');
  socket.ws.on(
    'CB:ib,,dirty',
    guarded((node: BinaryNode) => {
      if (isAboutGroups(node)) groups.allChanged();
      else for (const listener of listeners) listener(node);
    }),
  );
}

/** Whether what the client knows of its groups is out of date. */
function isAboutGroups(node: BinaryNode): boolean {
  const type = getBinaryNodeChild(node, 'dirty')?.attrs['type'];
  return type === 'groups' || type === 'communities';
}

function isOwnRemoval(node: BinaryNode, own: WASocket['user']): boolean {
  const removed = ['remove', 'leave'].flatMap((tag) =>
    getBinaryNodeChildren(getBinaryNodeChild(node, tag), 'participant').flatMap(({ attrs }) => attrs['jid'] ?? []),
  );
  return removed.some((jid) => areJidsSameUser(jid, own?.id) || areJidsSameUser(jid, own?.lid));
}
