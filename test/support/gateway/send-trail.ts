import * as v from 'valibot';

const LineSchema = v.looseObject({
  msg: v.string(),
  traceId: v.optional(v.string()),
  outboxId: v.optional(v.string()),
  errorCode: v.optional(v.string()),
});

/** A log that keeps the lines that have a trace or a send. */
export class SendTrail {
  readonly lines: v.InferOutput<typeof LineSchema>[] = [];

  write(text: string): void {
    const line = v.parse(LineSchema, JSON.parse(text));
    if (line.traceId !== undefined || line.outboxId !== undefined) this.lines.push(line);
  }

  /** What was said of a trace, in order. */
  of(traceId: string): string[] {
    return this.lines.filter((line) => line.traceId === traceId).map(({ msg }) => msg);
  }

  ofSend(outboxId: string): string[] {
    return this.lines.filter((line) => line.outboxId === outboxId).map(({ msg }) => msg);
  }
}
