import * as v from 'valibot';
import { Child } from './child.ts';
import { RunSchema, type Subject } from './subject.ts';
import type { WhatsApp } from './whatsapp.ts';

export interface SubjectOptions {
  whatsapp: WhatsApp;
  /** The number of sessions to link. */
  sessions: number;
  /** Modules that are loaded before the program, relative to the root of the project. */
  preloads: readonly string[];
  /** A file descriptor for its output. */
  output: number;
}

/** Starts Baileys alone and links its sessions. */
export async function startBaileys({ whatsapp, sessions, preloads, output }: SubjectOptions): Promise<Subject> {
  const child = new Child({ program: 'bench/baileys-process.ts', preloads, output });
  await child.request(v.unknown(), 'link', { whatsapp, sessions });
  return { name: 'baileys', child, run: (load) => child.request(RunSchema, 'run', load) };
}
