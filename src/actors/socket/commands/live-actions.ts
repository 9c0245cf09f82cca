import type { WASocket } from '@whiskeysockets/baileys';
import { done, type Outcome, type Refusal, refused } from '../../../domain/errors.ts';
import { queryErrorCode } from '../baileys-error.ts';
import type { ContactLookUps } from '../devices/contact-look-ups.ts';
import type { ActionResult, LiveAction } from '../port.ts';
import { type GroupCache, isNotMember, toGroup } from './group-cache.ts';

/**
 * Executes a live action. Rejects when the outcome is unknown: WhatsApp could not be reached, or its answer is
 * unintelligible.
 */
export async function performAction(
  socket: WASocket,
  { groups, lookUps }: { groups: GroupCache; lookUps: ContactLookUps },
  action: LiveAction,
): Promise<Outcome<ActionResult>> {
  switch (action.kind) {
    case 'joinGroup':
      return join(socket, groups, action.code);
    case 'fetchGroup':
      return fetchGroup(groups, action.jid);
    case 'lookUp':
      return lookUp(socket, lookUps, action.phone);
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

/** WhatsApp's codes for an invite that cannot be used, as public clients interpret them. */
const inviteRefusals: Record<number, Refusal> = {
  400: invalidInvite,
  401: invalidInvite,
  403: invalidInvite,
  404: invalidInvite,
  406: invalidInvite,
  410: invalidInvite,
  419: groupFull,
};

/** WhatsApp's code for members, and for numbers whose request to join is pending. */
const memberOrPending = 409;

async function join(socket: WASocket, groups: GroupCache, code: string): Promise<Outcome<ActionResult>> {
  try {
    const groupJid = await socket.groupAcceptInvite(code);
    // Without a group in the answer the request to join is pending, or WhatsApp did not answer.
    return groupJid === undefined ? await membership(socket, groups, code) : done({ kind: 'joined', groupJid });
  } catch (error) {
    const errorCode = queryErrorCode(error);
    if (errorCode === memberOrPending) return membership(socket, groups, code);
    const refusal = errorCode === undefined ? undefined : inviteRefusals[errorCode];
    if (refusal === undefined) throw error;
    return refused(refusal);
  }
}

/** Whether this number is a member of the invite's group, or waits for approval. */
async function membership(socket: WASocket, groups: GroupCache, code: string): Promise<Outcome<ActionResult>> {
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
    // It does not exist, or this number is no member: the answer does not disclose which.
    if (isNotMember(error)) return refused(groupNotFound);
    throw error;
  }
}

const lookUpRefused: Refusal = {
  code: 'unavailable',
  message: 'WhatsApp did not answer the look-up, or refused it; try again later',
  details: { reason: 'look_up_refused' },
  retryAfterMs: 30_000,
};

async function lookUp(socket: WASocket, lookUps: ContactLookUps, phone: string): Promise<Outcome<ActionResult>> {
  try {
    const found = await lookUps.find(socket, phone);
    return found === null ? refused(lookUpRefused) : done({ kind: 'lookedUp', contact: found.contact });
  } catch (error) {
    if (queryErrorCode(error) === undefined) throw error;
    return refused(lookUpRefused);
  }
}
