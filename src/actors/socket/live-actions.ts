import type { WASocket } from '@whiskeysockets/baileys';
import { done, type Outcome, type Refusal, refused } from '../../domain/errors.ts';
import { queryErrorCode } from './baileys-error.ts';
import { type GroupCache, toGroup } from './group-cache.ts';
import type { ActionResult, LiveAction } from './port.ts';

/**
 * Carries out a live action and yields its outcome; rejects when WhatsApp cannot be asked or its answer makes no
 * sense, so that what became of the action is not known.
 */
export async function performAction(
  socket: WASocket,
  groups: GroupCache,
  action: LiveAction,
): Promise<Outcome<ActionResult>> {
  switch (action.kind) {
    case 'joinGroup':
      return join(socket, groups, action.code);
    case 'fetchGroup':
      return fetchGroup(groups, action.jid);
  }
}

const groupNotFound: Refusal = { code: 'not_found', message: 'group not found' };

const invalidInvite: Refusal = {
  code: 'validation_error',
  message: 'invite: is invalid, expired or revoked',
  details: { field: 'invite', reason: 'invite_invalid' },
};

const approvalRequired: Refusal = {
  code: 'conflict',
  message: 'an admin of the group must approve the request to join first',
  details: { reason: 'approval_required' },
};

const groupFull: Refusal = { code: 'conflict', message: 'the group is full', details: { reason: 'group_full' } };

/** WhatsApp's codes for an invite it does not let us use, as public clients tell them apart. */
const inviteRefusals: Record<number, Refusal> = {
  400: invalidInvite,
  401: invalidInvite,
  403: invalidInvite,
  404: invalidInvite,
  406: invalidInvite,
  410: invalidInvite,
  419: groupFull,
};

/** What WhatsApp says to members, and to those who have asked to be let in already. */
const memberOrPending = 409;

async function join(socket: WASocket, groups: GroupCache, code: string): Promise<Outcome<ActionResult>> {
  try {
    const groupJid = await socket.groupAcceptInvite(code);
    // Without a group in the answer WhatsApp has noted the wish to join, or has not answered at all.
    return groupJid === undefined ? await standing(socket, groups, code) : done({ kind: 'joined', groupJid });
  } catch (error) {
    const errorCode = queryErrorCode(error);
    if (errorCode === memberOrPending) return standing(socket, groups, code);
    const refusal = errorCode === undefined ? undefined : inviteRefusals[errorCode];
    if (refusal === undefined) throw error;
    return refused(refusal);
  }
}

/** Whether this number is in the group of an invite, or waits for approval. */
async function standing(socket: WASocket, groups: GroupCache, code: string): Promise<Outcome<ActionResult>> {
  const { id, joinApprovalMode } = await socket.groupGetInviteInfo(code);
  const found = await fetchGroup(groups, id);
  if (found.ok) return done({ kind: 'joined', groupJid: id });
  if (joinApprovalMode === true) return refused(approvalRequired);
  throw new Error('WhatsApp did not say whether the group was joined');
}

async function fetchGroup(groups: GroupCache, jid: string): Promise<Outcome<ActionResult>> {
  try {
    return done({ kind: 'group', group: toGroup(await groups.refresh(jid)) });
  } catch (error) {
    const code = queryErrorCode(error);
    // It does not exist, or this number is no member of it: which of the two is nobody's business.
    if (code === 404 || code === 403 || code === 401) return refused(groupNotFound);
    throw error;
  }
}
