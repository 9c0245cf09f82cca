import { readFile } from 'node:fs/promises';

/** The resource usage of a process. */
export interface Usage {
  cpuMs: number;
  rssMb: number;
}

/** Linux counts CPU time in hundredths of a second. */
const tickMs = 10;

/** Reads the usage from /proc; null on systems other than Linux. */
export async function usageOf(pid: number): Promise<Usage | null> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
    ]);
    // The second field is the program's name, which may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return { cpuMs: ticks * tickMs, rssMb: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024 };
  } catch {
    return null;
  }
}
