import { EventEmitter, once } from 'node:events';
import * as v from 'valibot';

const LineSchema = v.looseObject({
  level: v.number(),
  msg: v.string(),
  route: v.optional(v.nullable(v.string())),
  status: v.optional(v.nullable(v.number())),
  requestId: v.optional(v.string()),
  organization: v.optional(v.nullable(v.string())),
  aborted: v.optional(v.boolean()),
});

export type Line = v.InferOutput<typeof LineSchema>;

const errorLevel = 50;

/** A place for pino to write to: keeps every line, and can be waited on. */
export class RecordedLog {
  readonly lines: Line[] = [];
  readonly #news = new EventEmitter();

  write(text: string): void {
    this.lines.push(v.parse(LineSchema, JSON.parse(text)));
    this.#news.emit('line');
  }

  /** The lines that say that something is wrong with us. */
  get faults(): Line[] {
    return this.lines.filter(({ level }) => level >= errorLevel);
  }

  /** The `count` first lines with this message, as soon as there are so many. */
  async until(msg: string, count = 1): Promise<Line[]> {
    for (;;) {
      const found = this.lines.filter((line) => line.msg === msg);
      if (found.length >= count) return found.slice(0, count);
      await once(this.#news, 'line');
    }
  }
}
