const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];

/** A duration in up to two units: `12 s`, `4 min 10 s`, `3 h 5 min`, `2 d 4 h`. */
export function duration(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / second)) * second;
  if (whole < minute) return `${whole / second} s`;
  if (whole < hour) return pair(whole, [minute, 'min'], [second, 's']);
  if (whole < day) return pair(whole, [hour, 'h'], [minute, 'min']);
  return pair(whole, [day, 'd'], [hour, 'h']);
}

function pair(ms: number, [large, largeName]: [number, string], [small, smallName]: [number, string]): string {
  const rest = Math.floor((ms % large) / small);
  const most = `${Math.floor(ms / large)} ${largeName}`;
  return rest === 0 ? most : `${most} ${rest} ${smallName}`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dated = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** The time without the date. */
export function timeOfDay(at: number): string {
  return clock.format(at);
}

/** The time, with the date unless it is today. */
export function moment(at: number): string {
  const isToday = new Date(at).toDateString() === new Date().toDateString();
  return isToday ? timeOfDay(at) : dateAndTime(at);
}

export function dateAndTime(at: number): string {
  return dated.format(at);
}

/** A code such as `connection_lost` with spaces. */
export function inWords(code: string): string {
  return code.replaceAll('_', ' ');
}

/** The number of a user without WhatsApp's domain; other JIDs as they are. */
export function shortJid(jid: string): string {
  return jid.replace(/@s\.whatsapp\.net$/, '');
}
