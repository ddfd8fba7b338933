type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What a message carries beside its text; `null` and empty lists are how the SDK says "none". */
const dataKeys = ['buttons', 'elements', 'quick_replies', 'image', 'attachment', 'custom']
const isGiven = (value: unknown): boolean =>
  value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0) && !(isFields(value) && Object.keys(value).length === 0)

/**
 * An action server's `responses` in attune's own form. One with `response` (or the older `template`) names a response of
 * the domain, and all its other keys are variables for it. Shapes are checked afterwards, so anything odd passes through.
 */
export const responsesAsMessages = (answer: unknown): unknown => {
  if (!isFields(answer)) return answer
  const { events, responses } = answer
  return { events, messages: Array.isArray(responses) ? responses.map((response: unknown) => (isFields(response) ? messageOf(response) : response)) : responses }
}

const messageOf = (response: Fields): Fields => {
  const { text, template, response: named, ...rest } = response
  const utter = named ?? template
  if (isGiven(utter)) return { utter, variables: Object.fromEntries(Object.entries(rest).filter(([key]) => !dataKeys.includes(key))) }
  const data = Object.fromEntries(dataKeys.filter((key) => isGiven(response[key])).map((key) => [key, response[key]]))
  return { text: text ?? '', data }
}
