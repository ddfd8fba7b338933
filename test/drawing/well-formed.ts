/** What is not well-formed about an XML text, or null: tags that do not close, attributes twice or unquoted, signs that should be escaped. */
export const xmlFault = (xml: string): string | null => {
  const open: string[] = []
  let at = 0
  for (const { 0: tag, index } of xml.matchAll(/<[^>]*>/g)) {
    const text = xml.slice(at, index)
    if (/[<>]|&(?!(amp|lt|gt|quot);)/.test(text) || /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text)) return `text "${text}"`
    at = index + tag.length
    const closing = /^<\/([\w-]+)>$/.exec(tag)
    if (closing !== null) {
      if (open.pop() !== closing[1]) return `${tag} closes nothing`
      continue
    }
    const opening = /^<([\w-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>$/.exec(tag)
    if (opening === null) return `tag ${tag}`
    const attributes = [...(opening[2] ?? '').matchAll(/([\w:-]+)="([^"]*)"/g)]
    if (new Set(attributes.map(([, name]) => name)).size < attributes.length) return `an attribute twice in ${tag}`
    if (attributes.some(([, , value]) => /&(?!(amp|lt|gt|quot);)/.test(value ?? ''))) return `attribute in ${tag}`
    if (opening[3] === '') open.push(opening[1] ?? '')
  }
  return xml.slice(at).trim() !== '' ? `text at the end "${xml.slice(at)}"` : open.length > 0 ? `${open.join(', ')} never close` : null
}
