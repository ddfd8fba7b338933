/**
 * What the inspector does: it talks over the REST channel and shows the tracker after each answer. The page itself is behind the token
 * of the server, so whoever sees it has it in the address.
 */
export const inspectorScript = `
const part = (name) => document.querySelector('.' + name)
let conversation = 'inspector-' + crypto.randomUUID()
const token = new URLSearchParams(location.search).get('token')
const ask = async (path, options = {}) => {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: 'Bearer ' + token }) }
  const answer = await fetch(path, { ...options, headers })
  const json = await answer.json()
  if (!answer.ok) throw new Error(json.message ?? answer.status)
  return json
}
const element = (tag, text, name = '') => Object.assign(document.createElement(tag), { textContent: text, className: name })
const bubble = (who, text) => {
  const line = element('div', text, who)
  part('talk').append(line)
  line.scrollIntoView()
  return line
}
const shown = (bubble) => bubble.text ?? JSON.stringify(bubble.custom ?? bubble.image ?? bubble.attachment)
const say = async (message) => {
  bubble('user', message)
  try {
    for (const each of await ask('/webhooks/rest/webhook', { method: 'POST', body: JSON.stringify({ sender: conversation, message }) })) {
      const line = bubble('bot', shown(each))
      for (const button of each.buttons ?? []) {
        const press = element('button', button.title)
        press.addEventListener('click', () => say(button.payload))
        line.append(press)
      }
    }
    await look()
  } catch (error) {
    bubble('fault', error.message)
  }
}
const rows = (table, cells) => table.replaceChildren(...cells.map((row) => {
  const line = document.createElement('tr')
  line.append(...row.map((cell) => element('td', cell)))
  return line
}))
const look = async () => {
  const tracker = await ask('/conversations/' + encodeURIComponent(conversation) + '/tracker?include_events=ALL')
  const top = tracker.stack.findLast(({ type }) => type === 'flow') ?? tracker.stack.at(-1)
  rows(part('stack'), tracker.stack.toReversed().map(({ flow_id, step_id, frame_type }) => [flow_id, step_id, frame_type]))
  rows(part('slots'), Object.entries(tracker.slots).filter(([, value]) => value !== null).map(([name, value]) => [name, JSON.stringify(value)]))
  part('events').textContent = tracker.events.map(({ metadata, parse_data, timestamp, ...event }) => JSON.stringify({ ...event, ...(parse_data && { commands: parse_data.commands }) })).join('\\n')
  for (const section of document.querySelectorAll('section.flow')) section.hidden = section.dataset.flow !== top?.flow_id
  for (const node of document.querySelectorAll('[data-step]')) node.classList.toggle('here', node.closest('section').dataset.flow === top?.flow_id && node.dataset.step === top?.step_id)
  document.querySelector('.node.here')?.scrollIntoView({ block: 'center', inline: 'center' })
}
document.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault()
  const input = document.querySelector('input')
  if (input.value.trim() !== '') say(input.value)
  input.value = ''
})
document.querySelector('.restart').addEventListener('click', () => {
  conversation = 'inspector-' + crypto.randomUUID()
  part('talk').replaceChildren()
  look()
})
look().catch((error) => bubble('fault', error.message))
`
