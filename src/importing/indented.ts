/**
 * Quoted texts over several lines whose later lines are indented too little: Python's YAML reads them, YAML 1.2 forbids them. Their
 * indentation has no meaning, so it can be mended; lines stay where they are. The same text where there is nothing to mend.
 */
export const withQuotesIndented = (text: string): string => {
  let open: { readonly quote: string; readonly indent: number } | null = null
  return text.split('\n').map((line) => {
    if (open === null) {
      const start = /^(\s*(?:- +)*)(?:[\w"'/ -]+:[ \t]+)?(["'])(.*)$/.exec(line)
      const [, before = '', quote = '', rest = ''] = start ?? []
      if (start !== null && !isClosed(rest, quote)) open = { quote, indent: before.length + 2 }
      return line
    }
    const { quote, indent } = open
    if (isClosed(line, quote)) open = null
    const mended = line.trimStart()
    return mended === '' || line.length - mended.length >= indent ? line : ' '.repeat(indent) + mended
  }).join('\n')
}

/** Whether the quote ends in this line: escaped and doubled ones do not end it. */
const isClosed = (line: string, quote: string): boolean =>
  (quote === '"' ? line.replace(/\\./g, '') : line.replaceAll('\'\'', '')).includes(quote)
