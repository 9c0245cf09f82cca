import { WebSocket } from 'ws';

/**
 * Preloaded into a gateway: once it gets SIGUSR2, the next thing that it writes to a WhatsApp connection leaves a
 * callback behind that throws where nobody can catch it, as a library might.
 */
const { send } = WebSocket.prototype;
let isArmed = false;

process.on('SIGUSR2', () => {
  isArmed = true;
  process.stdout.write('armed\n');
});

Object.defineProperty(WebSocket.prototype, 'send', {
  value(this: WebSocket, ...args: unknown[]) {
    if (isArmed) {
      isArmed = false;
      setImmediate(() => {
        throw new Error('thrown on purpose behind a send');
      });
    }
    return Reflect.apply(send, this, args);
  },
});
