/**
 * The first key that an object in `json` holds twice, or undefined. JSON.parse keeps the last of two silently, so that two
 * readers may see two different files. `json` must be valid JSON.
 */
export const repeatedKey = (json: string): string | undefined => {
  const open: (Set<string> | undefined)[] = []
  for (let at = 0; at < json.length; at += 1) {
    const letter = json[at]
    if (letter === '{') open.push(new Set())
    else if (letter === '[') open.push(undefined)
    else if (letter === '}' || letter === ']') open.pop()
    else if (letter === '"') {
      const end = stringEnd(json, at)
      const keys = open.at(-1)
      if (keys !== undefined && isKey(json, end)) {
        const key = String(JSON.parse(json.slice(at, end)))
        if (keys.has(key)) return key
        keys.add(key)
      }
      at = end - 1
    }
  }
  return undefined
}

const stringEnd = (json: string, start: number): number => {
  let at = start + 1
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at + 1
}

const isKey = (json: string, end: number): boolean => {
  let at = end
  while (at < json.length && ' \t\r\n'.includes(json.charAt(at))) at += 1
  return json[at] === ':'
}
