import { eventually } from '../eventually.ts';
import { freePort, PortTakenError, untilPortIsFree } from './port.ts';
import { checkRedis } from './redis-client.ts';
import { argumentsOf, type RedisServer, type RedisSettings, type RedisSource } from './redis-source.ts';

const image = 'redis:8';
const redisPort = 6379;

/** Runs Redis in Docker. Rejects if Docker does not answer. What a killed test leaves, testcontainers removes. */
export async function findDocker(): Promise<RedisSource> {
  // It takes a quarter of a second to load, which those need not wait for who have a Redis.
  const { getContainerRuntimeClient } = await import('testcontainers');
  await getContainerRuntimeClient();
  return { name: 'docker', start: startRedisContainer };
}

async function startRedisContainer(settings: RedisSettings): Promise<RedisServer> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  const { id, url } = await untilPortIsFree(async () => run(settings, await freePort()));
  const container = (await getContainerRuntimeClient()).container.getById(id);
  return {
    url,
    kill: async () => {
      await container.kill();
      await container.wait();
    },
    start: async () => {
      await container.start();
      await eventually(() => checkRedis(url));
    },
    pause: async () => {
      await container.pause();
    },
    resume: async () => {
      await container.unpause();
    },
    [Symbol.asyncDispose]: async () => {
      await container.remove({ force: true, v: true });
    },
  };
}

/** On a port that we choose: one that Docker chooses would be another one after a restart. */
async function run(settings: RedisSettings, port: number): Promise<{ id: string; url: string }> {
  const { GenericContainer, Wait } = await import('testcontainers');
  try {
    const container = await new GenericContainer(image)
      .withCommand(['redis-server', ...argumentsOf(settings)])
      .withExposedPorts({ container: redisPort, host: port })
      .withWaitStrategy(Wait.forLogMessage('Ready to accept connections'))
      .start();
    return { id: container.getId(), url: `redis://${container.getHost()}:${port}` };
  } catch (error) {
    if (/port is already allocated|address already in use/i.test(String(error)))
      throw new PortTakenError(String(error));
    throw error;
  }
}
