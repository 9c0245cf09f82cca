import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { answerRequests } from './answering.ts';

// Preloaded into a program to profile it on request: only the rounds, not its start and linking.

const samplingIntervalUs = 250;

const session = new Session();
session.connect();

answerRequests({
  'profile.start': async () => {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: samplingIntervalUs });
    await session.post('Profiler.start');
  },
  'profile.stop': async (path) => {
    const { profile } = await session.post('Profiler.stop');
    await writeFile(String(path), JSON.stringify(profile));
  },
});
