import * as v from 'valibot';
import { Child } from './child.ts';
import { RunSchema, type Subject } from './subject.ts';
import type { WhatsApp } from './whatsapp.ts';

export interface SubjectOptions {
  whatsapp: WhatsApp;
  /** How many it links. */
  sessions: number;
  /** Loaded before its program, from the root of the project. */
  preloads: readonly string[];
  /** A file descriptor that takes everything it writes. */
  output: number;
}

/** Bare Baileys, its sessions linked. */
export async function startBaileys({ whatsapp, sessions, preloads, output }: SubjectOptions): Promise<Subject> {
  const child = new Child({ program: 'bench/baileys-process.ts', preloads, output });
  await child.ask(v.unknown(), 'link', { whatsapp, sessions });
  return { name: 'baileys', child, run: (load) => child.ask(RunSchema, 'run', load) };
}
