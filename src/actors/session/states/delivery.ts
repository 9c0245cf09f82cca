import { storeUnavailable } from '../../../domain/errors.ts';
import { notDispatched } from '../refusals.ts';
import { sessionSetup } from '../send-actions.ts';

/** How soon storing the result of a send is retried. */
const recordRetryMs = 1_000;

/** How long WhatsApp may take to deliver the offline messages before a send in doubt is resent. */
const gatheringTimeoutMs = 10_000;

/**
 * The outbox region: takes one send at a time from acceptance to its stored result. It is a region of its own because a
 * result must be stored whatever happens to the connection meanwhile. `unsettled` means that an earlier connection or
 * process may have left a send in doubt; nothing else is sent before that one is settled.
 */
export const delivery = sessionSetup.createStateConfig({
  description: 'Takes one send at a time from its beginning to its stored result.',
  initial: 'unsettled',
  on: {
    'request.expired': {
      guard: { type: 'isCurrent', params: ({ event }) => event.requestId },
      actions: 'answerUnknown',
    },
    'outbox.released': { actions: 'releaseQueue' },
    'outbox.review': { guard: 'hasSetAside', actions: { type: 'setQueue', params: 'nonEmpty' } },
    'outbox.queued': { actions: { type: 'setQueue', params: 'nonEmpty' } },
  },
  states: {
    unsettled: {
      description: 'An earlier connection or process may have left a send in doubt.',
      always: [
        { guard: 'isResolving', target: 'recovering' },
        { guard: 'isAbandoned', actions: 'answerUnknown' },
      ],
    },
    recovering: {
      description: 'Looks for a send in doubt, and for proof that it arrived.',
      invoke: {
        src: 'recoverSend',
        input: ({ context: { organization, session, current, offlineSync } }) => ({
          organization,
          session,
          current,
          mayResend: offlineSync === 'done',
        }),
        onDone: [
          {
            guard: { type: 'foundNone', params: ({ event }) => event.output },
            target: 'idle',
            actions: { type: 'refuseCurrent', params: notDispatched },
          },
          {
            guard: { type: 'foundUndecided', params: ({ event }) => event.output },
            target: 'gathering',
            actions: { type: 'resume', params: ({ event }) => event.output },
          },
          {
            guard: { type: 'foundProven', params: ({ event }) => event.output },
            target: 'completing',
            actions: [
              { type: 'resume', params: ({ event }) => event.output },
              { type: 'settleAsProven', params: ({ event }) => event.output },
            ],
          },
          {
            guard: { type: 'foundExhausted', params: ({ event }) => event.output },
            target: 'completing',
            actions: [
              { type: 'resume', params: ({ event }) => event.output },
              { type: 'settle', params: { ok: false, code: 'unknown_outcome' } },
            ],
          },
          { target: 'sending', actions: { type: 'resume', params: ({ event }) => event.output } },
        ],
        onError: { actions: 'raiseStoreFailed' },
      },
      on: { 'socket.closed': 'unsettled' },
    },
    gathering: {
      description: 'Waits for the offline messages: a receipt among them may prove that the send in doubt arrived.',
      always: { guard: 'isOfflineSyncDone', target: 'recovering' },
      after: { [gatheringTimeoutMs]: { target: 'recovering', actions: 'finishOfflineSync' } },
      on: { 'socket.closed': 'unsettled' },
    },
    idle: {
      description: 'Nothing is being sent.',
      always: [
        { guard: 'mayBegin', target: 'beginning', actions: 'takeNext' },
        { guard: 'mayDequeue', target: 'dequeuing' },
      ],
    },
    beginning: {
      description: 'Stores a synchronous send as in flight, and takes a token.',
      invoke: {
        src: 'beginSend',
        input: ({ context: { current } }) => ({ current }),
        onDone: [
          {
            guard: { type: 'isBegun', params: ({ event }) => event.output },
            target: 'begun',
            actions: { type: 'setBegun', params: ({ event }) => event.output },
          },
          {
            guard: { type: 'isLimited', params: ({ event }) => event.output },
            target: 'idle',
            actions: { type: 'refuseLimited', params: ({ event }) => event.output },
          },
          {
            guard: { type: 'isRestricted', params: ({ event }) => event.output },
            target: 'idle',
            actions: { type: 'refuseRestricted', params: ({ event }) => event.output },
          },
          {
            // Its caller is answered once it is known whether the send is in flight, or at the deadline.
            guard: { type: 'isUnknown', params: ({ event }) => event.output },
            target: 'unsettled',
            actions: 'raiseStoreFailed',
          },
          { target: 'idle', actions: 'answerClaimed' },
        ],
        onError: {
          target: 'unsettled',
          actions: [{ type: 'refuseCurrent', params: storeUnavailable }, 'raiseStoreFailed'],
        },
      },
    },
    dequeuing: {
      description: 'The same for the first send of the queue.',
      entry: { type: 'setQueue', params: 'empty' },
      invoke: {
        src: 'dequeueSend',
        input: ({ context: { organization, session } }) => ({ organization, session }),
        onDone: [
          {
            guard: { type: 'isBegun', params: ({ event }) => event.output },
            target: 'begun',
            actions: [
              { type: 'setQueue', params: 'nonEmpty' },
              { type: 'setBegun', params: ({ event }) => event.output },
            ],
          },
          {
            guard: { type: 'isLimited', params: ({ event }) => event.output },
            target: 'pacing',
            actions: { type: 'setPace', params: ({ event }) => event.output },
          },
          {
            guard: { type: 'isUnknown', params: ({ event }) => event.output },
            target: 'unsettled',
            actions: [{ type: 'setQueue', params: 'nonEmpty' }, 'raiseStoreFailed'],
          },
          {
            guard: { type: 'isRestricted', params: ({ event }) => event.output },
            target: 'idle',
            actions: { type: 'setAside', params: ({ event }) => event.output },
          },
          { target: 'idle' },
        ],
        onError: { target: 'unsettled', actions: [{ type: 'setQueue', params: 'nonEmpty' }, 'raiseStoreFailed'] },
      },
    },
    pacing: {
      description: 'The queue waits for a token; synchronous sends continue.',
      exit: 'clearPace',
      always: { guard: 'mayBegin', target: 'beginning', actions: 'takeNext' },
      after: { pace: 'idle' },
      on: { 'settings.changed': 'idle' },
    },
    begun: {
      description: 'Stored as in flight: is sent now, or is in doubt if the connection was lost meanwhile.',
      always: [{ guard: 'isOnline', target: 'sending' }, { target: 'unsettled' }],
    },
    sending: {
      description: "Handed to the socket; waits for WhatsApp's acknowledgement.",
      entry: 'transmit',
      after: { sendTimeout: { actions: ['countUnanswered', { type: 'closeSocket', params: 'ack_timeout' }] } },
      on: {
        'socket.addressed': {
          guard: { type: 'isCurrentMessage', params: ({ event }) => event.waMessageId },
          actions: { type: 'setRecipient', params: ({ event }) => event.contact },
        },
        'socket.acknowledged': {
          guard: { type: 'isCurrentMessage', params: ({ event }) => event.waMessageId },
          target: 'completing',
          actions: { type: 'settle', params: ({ event }) => ({ ok: true, timestamp: event.timestamp }) },
        },
        'socket.refused': [
          {
            guard: { type: 'isRefusedAtOnce', params: ({ event }) => event.waMessageId },
            target: 'completing',
            actions: { type: 'settle', params: ({ event }) => ({ ok: false, code: event.code }) },
          },
          {
            // An earlier attempt may have arrived: the refusal of this one does not prove that none did.
            guard: { type: 'isCurrentMessage', params: ({ event }) => event.waMessageId },
            target: 'completing',
            actions: { type: 'settle', params: { ok: false, code: 'unknown_outcome' } },
          },
        ],
        'socket.deferred': [
          {
            guard: { type: 'isRefusedAtOnce', params: ({ event }) => event.waMessageId },
            target: 'completing',
            actions: [{ type: 'settle', params: { ok: false, code: 'query_refused' } }, 'holdQueue'],
          },
          {
            // An earlier attempt may have arrived, so that it can neither be queued again nor be given up.
            guard: { type: 'isCurrentMessage', params: ({ event }) => event.waMessageId },
            target: 'deferred',
            actions: 'holdQueue',
          },
        ],
        'socket.closed': 'unsettled',
      },
    },
    deferred: {
      description: 'A send in doubt could not be sent again, as WhatsApp refused a query: waits, and tries once more.',
      after: { defer: 'recovering' },
      on: { 'socket.closed': 'unsettled' },
    },
    completing: {
      description: 'Stores the result of the send, and answers.',
      invoke: {
        src: 'completeSend',
        input: ({ context }) => ({ row: context.current?.row, settlement: context.settlement }),
        onDone: { target: 'idle', actions: { type: 'answerSend', params: ({ event }) => event.output } },
        onError: 'unrecorded',
      },
    },
    unrecorded: {
      description: 'The store failed; retries.',
      after: { [recordRetryMs]: 'completing' },
    },
  },
});
