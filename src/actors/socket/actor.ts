import { fromCallback } from 'xstate';
import type { SessionAddress } from '../../domain/session.ts';
import { Connection } from './connection.ts';
import type { SocketCommand, SocketEvent } from './port.ts';
import type { SocketDeps } from './socket-deps.ts';

/** The socket actor of a session on Baileys: at most one connection at a time, ended when the actor stops. */
export function baileysSocket(deps: SocketDeps) {
  return fromCallback<SocketCommand, SessionAddress>(({ sendBack, receive, input }) => {
    let connection: Connection | undefined;

    const emit = (event: SocketEvent): void => {
      if (event.type === 'socket.closed') connection = undefined;
      sendBack(event);
    };

    receive((command) => {
      switch (command.type) {
        case 'socket.open':
          connection ??= new Connection(deps, input, emit);
          return;
        case 'socket.close':
          if (connection === undefined) emit({ type: 'socket.closed', reason: command.reason });
          else connection.close(command.reason);
          return;
        default:
          connection?.execute(command);
      }
    });

    return () => connection?.close('stopped');
  });
}
