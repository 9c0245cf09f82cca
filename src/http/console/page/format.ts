const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];

/** A length of time in two units at the most: `12 s`, `4 min 10 s`, `3 h 5 min`, `2 d 4 h`. */
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

/** A moment of today by the clock alone. */
export function timeOfDay(at: number): string {
  return clock.format(at);
}

/** By the clock if it is of today, else with the date. */
export function moment(at: number): string {
  const isToday = new Date(at).toDateString() === new Date().toDateString();
  return isToday ? timeOfDay(at) : dateAndTime(at);
}

export function dateAndTime(at: number): string {
  return dated.format(at);
}

/** A code such as `connection_lost` in words. */
export function inWords(code: string): string {
  return code.replaceAll('_', ' ');
}

/** The number of a user, or the id of a group, without WhatsApp's domain. */
export function shortJid(jid: string): string {
  return jid.replace(/@s\.whatsapp\.net$/, '');
}
