import { startRedis } from './redis-server.ts';

/** Starts a Redis, says where, and stays until it is killed. */
const { url } = await startRedis();
process.stdout.write(`${url}\n`);
process.stdin.resume();
