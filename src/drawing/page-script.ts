/** What the page does beyond showing: one flow at a time, search, and the YAML of the step under the pointer. Without it all flows stand below each other. */
export const pageScript = `
const items = [...document.querySelectorAll('nav li')]
const sections = [...document.querySelectorAll('section')]
const source = document.querySelector('aside')
const wanted = () => decodeURIComponent(location.hash.slice(1))
const show = () => {
  const here = sections.find((section) => section.id === wanted()) ?? sections[0]
  for (const section of sections) section.classList.toggle('away', section !== here)
  for (const item of items) item.classList.toggle('here', item.querySelector('span').textContent === here?.id)
  document.querySelector('main').scrollTo(0, 0)
  source.hidden = true
}
addEventListener('hashchange', show)
show()
const search = document.querySelector('input')
search.addEventListener('input', () => {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean)
  for (const item of items) item.hidden = !words.every((word) => item.dataset.words.includes(word))
  document.querySelector('.none').hidden = items.some((item) => !item.hidden)
})
search.addEventListener('keydown', (event) => {
  if (event.key === 'Enter') items.find((item) => !item.hidden)?.querySelector('a').click()
})
document.querySelector('main').addEventListener('pointerover', ({ target }) => {
  const node = target.closest('[data-yaml]')
  source.hidden = node === null
  if (node === null) return
  const runs = node.dataset.runs
  source.querySelector('.place').textContent = node.dataset.place + (runs === undefined ? '' : runs === '0' ? ', never entered by a test' : ', entered ' + runs + ' times')
  source.querySelector('pre').textContent = node.dataset.yaml
})
`
