/** The form in which messages are held against rules: lower case, single spaces, no punctuation at the end. */
export const normalise = (text: string): string =>
  text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').replace(/[\s.,;:!?…]+$/u, '').trim()
