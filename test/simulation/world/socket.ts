import { fromCallback } from 'xstate';
import type { SocketCommand, SocketEvent } from '../../../src/actors/socket/port.ts';
import type { SessionAddress } from '../../../src/domain/session.ts';
import { Link, type LinkDeps } from '../faults/faulty-line.ts';

export interface SocketDeps extends LinkDeps {
  /** A session asks for a connection while it has one. */
  onSecondOpen: (address: SessionAddress) => void;
}

/** The socket actor of a session on the simulated wire. */
export function simulatedSocket(deps: SocketDeps) {
  return fromCallback<SocketCommand, SessionAddress>(({ sendBack, receive, input }) => {
    let link: Link | undefined;
    const tell = (fact: SocketEvent): void => {
      if (fact.type === 'socket.closed') link = undefined;
      sendBack(fact);
    };
    receive((command) => {
      if (!deps.isAlive()) return;
      deps.trace.write(`${input.session}: ${command.type}`);
      switch (command.type) {
        case 'socket.open':
          if (link !== undefined) deps.onSecondOpen(input);
          link ??= new Link(deps, input, tell);
          return;
        case 'socket.close':
          if (link === undefined) tell({ type: 'socket.closed', reason: command.reason });
          else link.close(command.reason);
          return;
        default:
          link?.carryOut(command);
      }
    });
    return () => link?.close('stopped');
  });
}
