/** Everything a terminal could take as an order: C0 and C1 controls except line feed and tab, and the bidirectional overrides. */
const orders = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
/** Whole escape sequences first, so that no harmless-looking tail such as `[2J` stays behind. */
const sequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\-_])|\u009b[0-?]*[ -/]*[@-~]/g

/** Text of a user, a model or an action as it may be written to a terminal: only our own escape bytes reach it. */
export const printable = (text: string): string => text.replace(sequences, '').replace(orders, '')
