import { storeUnavailable } from '../../../domain/errors.ts';
import { notDispatched } from '../refusals.ts';
import { sessionSetup } from '../send-actions.ts';

/** How soon the result of a send is recorded again when the store could not be written. */
const recordAgainMs = 1_000;

/** How long WhatsApp may take to tell what it has kept for the number, before a send in doubt goes out again. */
const gatheringTimeoutMs = 10_000;

/**
 * The outbox region: carries one send at a time from acceptance to its recorded result. It is a region of its own
 * because a result must be recorded whatever becomes of the connection meanwhile. `unsettled` means that an earlier
 * connection or life may have left a send whose outcome is unknown; nothing else is sent before that one.
 */
export const delivery = sessionSetup.createStateConfig({
  description: 'Carries one send at a time from its beginning to its recorded result.',
  initial: 'unsettled',
  on: {
    'request.expired': {
      guard: { type: 'isCurrent', params: ({ event }) => event.requestId },
      actions: 'answerUnknown',
    },
    'outbox.queued': { actions: { type: 'noteQueue', params: 'maybe' } },
  },
  states: {
    unsettled: {
      description: 'An earlier connection or life may have left a send whose outcome is not known.',
      always: [
        { guard: 'isResolving', target: 'recovering' },
        { guard: 'isAbandoned', actions: 'answerUnknown' },
      ],
    },
    recovering: {
      description: 'Looks for that send, and for proof that it has arrived.',
      invoke: {
        src: 'recoverSend',
        input: ({ context: { organization, session, current, backlog } }) => ({
          organization,
          session,
          current,
          mayResend: backlog === 'told',
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
        onError: { actions: 'tellStoreFailure' },
      },
      on: { 'socket.closed': 'unsettled' },
    },
    gathering: {
      description: 'Waits for receipts that WhatsApp has kept: they may prove that the send in doubt has arrived.',
      always: { guard: 'isBacklogTold', target: 'recovering' },
      after: { [gatheringTimeoutMs]: { target: 'recovering', actions: 'noteBacklogTold' } },
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
            actions: { type: 'noteBegun', params: ({ event }) => event.output },
          },
          {
            guard: { type: 'isLimited', params: ({ event }) => event.output },
            target: 'idle',
            actions: { type: 'refuseLimited', params: ({ event }) => event.output },
          },
          {
            // Its caller is answered once the store has told what is in flight, or at the deadline.
            guard: { type: 'isUnknown', params: ({ event }) => event.output },
            target: 'unsettled',
            actions: 'tellStoreFailure',
          },
          { target: 'idle', actions: 'answerClaimed' },
        ],
        onError: {
          target: 'unsettled',
          actions: [{ type: 'refuseCurrent', params: storeUnavailable }, 'tellStoreFailure'],
        },
      },
    },
    dequeuing: {
      description: 'The same for the next send of the queue.',
      entry: { type: 'noteQueue', params: 'empty' },
      invoke: {
        src: 'dequeueSend',
        input: ({ context: { organization, session } }) => ({ organization, session }),
        onDone: [
          {
            guard: { type: 'isBegun', params: ({ event }) => event.output },
            target: 'begun',
            actions: [
              { type: 'noteQueue', params: 'maybe' },
              { type: 'noteBegun', params: ({ event }) => event.output },
            ],
          },
          {
            guard: { type: 'isLimited', params: ({ event }) => event.output },
            target: 'pacing',
            actions: { type: 'notePace', params: ({ event }) => event.output },
          },
          {
            guard: { type: 'isUnknown', params: ({ event }) => event.output },
            target: 'unsettled',
            actions: [{ type: 'noteQueue', params: 'maybe' }, 'tellStoreFailure'],
          },
          { target: 'idle' },
        ],
        onError: { target: 'unsettled', actions: [{ type: 'noteQueue', params: 'maybe' }, 'tellStoreFailure'] },
      },
    },
    pacing: {
      description: 'The queue waits for a token; synchronous sends go on.',
      exit: 'forgetPace',
      always: { guard: 'mayBegin', target: 'beginning', actions: 'takeNext' },
      after: { pace: 'idle' },
      on: { 'settings.changed': 'idle' },
    },
    begun: {
      description: 'Stored as in flight: goes out now, or is in doubt if the connection went away meanwhile.',
      always: [{ guard: 'isOnline', target: 'sending' }, { target: 'unsettled' }],
    },
    sending: {
      description: "Handed to the socket; waits for WhatsApp's acknowledgement.",
      entry: 'transmit',
      after: { sendTimeout: { actions: ['noteUnanswered', { type: 'closeSocket', params: 'ack_timeout' }] } },
      on: {
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
            // An earlier attempt may have arrived: that this one was refused does not say that nothing did.
            guard: { type: 'isCurrentMessage', params: ({ event }) => event.waMessageId },
            target: 'completing',
            actions: { type: 'settle', params: { ok: false, code: 'unknown_outcome' } },
          },
        ],
        'socket.closed': 'unsettled',
      },
    },
    completing: {
      description: 'Stores how the send ended, and answers.',
      invoke: {
        src: 'completeSend',
        input: ({ context }) => ({ row: context.current?.row, settlement: context.settlement }),
        onDone: { target: 'idle', actions: { type: 'answerSend', params: ({ event }) => event.output } },
        onError: 'unrecorded',
      },
    },
    unrecorded: {
      description: 'The store could not be written; tries again.',
      after: { [recordAgainMs]: 'completing' },
    },
  },
});
