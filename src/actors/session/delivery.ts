import { storeUnavailable } from './refusals.ts';
import { session } from './setup.ts';

/** How soon the result of a send is recorded again when the store could not be written. */
const recordAgainMs = 1_000;

/**
 * The outbox region: carries one send at a time from acceptance to its recorded result. It is a region of its own
 * because a result must be recorded whatever becomes of the connection meanwhile. `unsettled` means that an earlier
 * connection or life may have left a send whose outcome is unknown; nothing else is sent before that one.
 */
export const delivery = session.createStateConfig({
  initial: 'unsettled',
  on: {
    'request.expired': {
      guard: { type: 'isCurrent', params: ({ event }) => event.requestId },
      actions: 'answerUnknown',
    },
  },
  states: {
    unsettled: {
      always: [
        { guard: 'isResolving', target: 'recovering' },
        { guard: 'isAbandoned', actions: 'answerUnknown' },
      ],
    },
    recovering: {
      invoke: {
        src: 'recoverSend',
        input: ({ context: { organization, session } }) => ({ organization, session }),
        onDone: [
          {
            guard: { type: 'isNone', params: ({ event }) => event.output },
            target: 'idle',
            actions: { type: 'resume', params: ({ event }) => event.output },
          },
          {
            guard: { type: 'isExhausted', params: ({ event }) => event.output },
            target: 'completing',
            actions: [
              { type: 'resume', params: ({ event }) => event.output },
              { type: 'settle', params: { ok: false, code: 'unknown_outcome' } },
            ],
          },
          { target: 'sending', actions: { type: 'resume', params: ({ event }) => event.output } },
        ],
        onError: { actions: { type: 'closeSocket', params: 'store_unavailable' } },
      },
      on: { 'socket.closed': 'unsettled' },
    },
    idle: {
      always: { guard: 'mayBegin', target: 'beginning', actions: 'takeNext' },
    },
    beginning: {
      invoke: {
        src: 'beginSend',
        input: ({ context }) => ({ row: context.current?.row }),
        onDone: [{ guard: 'isConnected', target: 'sending' }, { target: 'unsettled' }],
        onError: { target: 'idle', actions: { type: 'refuseCurrent', params: storeUnavailable } },
      },
    },
    sending: {
      entry: 'transmit',
      after: { sendTimeout: { actions: { type: 'closeSocket', params: 'ack_timeout' } } },
      on: {
        'socket.acknowledged': {
          guard: { type: 'isCurrentMessage', params: ({ event }) => event.waMessageId },
          target: 'completing',
          actions: { type: 'settle', params: ({ event }) => ({ ok: true, timestamp: event.timestamp }) },
        },
        'socket.refused': {
          guard: { type: 'isCurrentMessage', params: ({ event }) => event.waMessageId },
          target: 'completing',
          actions: { type: 'settle', params: ({ event }) => ({ ok: false, code: event.code }) },
        },
        'socket.closed': 'unsettled',
      },
    },
    completing: {
      invoke: {
        src: 'completeSend',
        input: ({ context }) => ({ row: context.current?.row, settlement: context.settlement }),
        onDone: { target: 'idle', actions: { type: 'answerSend', params: ({ event }) => event.output } },
        onError: 'unrecorded',
      },
    },
    unrecorded: {
      after: { [recordAgainMs]: 'completing' },
    },
  },
});
