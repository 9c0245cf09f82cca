/** The display name of a session: its label, else its number. */
export function nameOf(label: string | null, phoneNumber: string | null): string {
  if (label !== null && label !== '') return label;
  return phoneNumber === null ? 'No number yet' : `+${phoneNumber}`;
}
