/**
 * The few phrases the builder adds by itself, by language. A project in a language without a row here
 * gets none of them: its examples then have to carry the whole variety.
 */
export type Phrases = {
  /** Ways to say yes and no to a question. */
  readonly yes: readonly string[]
  readonly no: readonly string[]
  /** What opens or closes a request without changing it. */
  readonly openings: readonly string[]
  readonly closings: readonly string[]
  /** Openings that may stand for each other, as whole words at the start of a message. */
  readonly wishes: readonly string[]
  /** `{said}` is the new value. Said where a slot of the flow is filled already. */
  readonly corrections: readonly string[]
  /** Before a correction that follows a yes. */
  readonly yesBut: readonly string[]
  /** `{said}` is a value, for slots that have no sentences of their own. */
  readonly answers: readonly string[]
  /** Between two requests in one message. */
  readonly also: readonly string[]
  readonly first: readonly string[]
  readonly second: readonly string[]
  /** `{name}` is a flow's name. */
  readonly chosen: readonly string[]
  /** `{name}`: a request built from a flow's name, for flows with few examples. */
  readonly requests: readonly string[]
  readonly cancels: readonly string[]
}

const english: Phrases = {
  yes: [
    'yes', 'yes please', 'yep', 'yeah', 'yup', 'sure', 'ok', 'okay', 'of course', 'correct', "that's right", "that's correct", 'right',
    'go ahead', 'do it', 'please do', 'sounds good', 'exactly', 'absolutely', 'confirm', 'confirmed', 'y', 'yes, go ahead', 'fine', 'all good',
    'looks good', 'I agree', 'yes that is right', 'certainly', 'why not', "yes, that's fine", 'perfect',
  ],
  no: [
    'no', 'nope', 'no thanks', 'no thank you', 'nah', 'not really', "don't", 'do not', 'please don\'t', 'not now', 'wrong', "that's wrong",
    "that's not right", 'incorrect', 'n', 'no, that is wrong', 'rather not', 'better not', "no, don't do that", 'negative', 'absolutely not', 'not correct',
    "I don't want that", 'no way',
  ],
  openings: ['hi, ', 'hello, ', 'hey, ', 'hi there, ', 'good morning, ', 'ok, ', 'so, ', 'excuse me, '],
  closings: [' please', ' thanks', ', please', ', thank you', ', thanks'],
  wishes: ['i want to', "i'd like to", 'i would like to', 'i need to', 'can i', 'could i', 'i have to', 'i wanna', "i'm trying to", 'help me', 'let me', 'how do i', 'how can i'],
  corrections: [
    'no, {said}', 'sorry, {said}', 'I meant {said}', 'actually {said}', 'make it {said}', 'no wait, {said}', 'it should be {said}', 'change it to {said}',
    'sorry, I meant {said}', 'wait, {said} instead', '{said} instead', 'no, make that {said}', 'actually, make it {said}', 'not that, {said}', "that's wrong, it is {said}",
    'no it should be {said}', 'oops, {said}', 'hold on, {said}', 'correction: {said}', 'rather {said}',
  ],
  yesBut: ['yes, but ', 'yes but ', 'ok but ', 'almost, ', 'yes, only ', 'right, but '],
  answers: ['{said}', '{said}', '{said}', '{said} please', "it's {said}", 'it is {said}', '{said}, please', "I'd say {said}", 'make it {said}', 'that would be {said}'],
  also: [' and ', ', and then ', ', also ', ' and also ', '. then ', '. also, ', ' and after that '],
  first: ['the first', 'the first one', 'first', '1', 'number one', 'the former'],
  second: ['the second', 'the second one', 'second', '2', 'number two', 'the latter'],
  chosen: ['{name}', 'the {name}', '{name} please', 'I mean the {name}', 'the {name} one'],
  requests: ['{name} please', 'I need the {name}', '{name}, how?'],
  cancels: ['cancel', 'stop', 'never mind', 'forget it', 'cancel that', 'I changed my mind', 'stop this'],
}

const byLanguage: Readonly<Record<string, Phrases>> = { en: english }

const none: Phrases = {
  yes: [], no: [], yesBut: [], openings: [], closings: [], wishes: [], corrections: [], answers: ['{said}'], also: [], first: [], second: [],
  chosen: ['{name}'], requests: ['{name}'], cancels: [],
}

/** By the first part of a BCP 47 tag: `en-GB` is English. */
export const phrasesOf = (language: string): Phrases => byLanguage[language.split('-')[0]?.toLowerCase() ?? ''] ?? none
