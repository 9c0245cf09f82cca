import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { answering } from './answering.ts';

// Loaded before a program that is to be profiled: the rounds are profiled, and not how it started and linked.

const samplingIntervalUs = 250;

const session = new Session();
session.connect();

answering({
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
