/**
 * Any JavaScript string as a text that SQLite gives back unchanged, and no two as the same: NUL would end it and half
 * a surrogate pair would be replaced, so that two ids could meet in one conversation.
 */
export const keyText = (text: string): string =>
  text.startsWith('"') || /\0|\p{Surrogate}/u.test(text) ? JSON.stringify(text) : text

export const nameOf = (stored: string): string => (stored.startsWith('"') ? (JSON.parse(stored) as string) : stored)
