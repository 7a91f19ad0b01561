// An exchange's request as source text: a command of curl, a call of fetch, a call of httpx.
import { keyHeaders } from './api.js'
import { parsed } from './sse.js'

/** What every client sends by itself. */
const OWN = /^(host|content-length|connection|accept-encoding|accept-language|transfer-encoding|user-agent|origin|referer|sec-.*)$/i
// eslint-disable-next-line no-control-regex
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/
const SECRET = /^(x-api-key|authorization|cookie)$/i

function parts({ request }, base) {
  const headers = request.headers.filter(({ name }) => !OWN.test(name) && !SECRET.test(name))
  const rows = [...headers.map(({ name, value }) => [name, value]), ...Object.entries(keyHeaders())]
  const target = `${base}${encodeURI(request.path)}${request.query ? `?${request.query}` : ''}`
  return { method: request.method, target, rows, text: request.body.text ?? '' }
}

export function asCurl(entry, base) {
  const { method, target, rows, text } = parts(entry, base)
  const words = ['curl', '-N', ...(method === 'HEAD' ? ['--head'] : ['-X', quoted(method)]), quoted(target)]
  for (const [name, value] of rows) words.push('-H', quoted(`${name}: ${value}`))
  if (text) words.push('--data-raw', quoted(text))
  return words.join(' ')
}

/** Return a text as one word of a shell; control characters are escaped, as a terminal would carry them out. */
function quoted(text) {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text
  if (!HIDDEN.test(text)) return `'${text.replaceAll("'", `'"'"'`)}'`
  const escapes = text.replace(/[\\']/g, '\\$&').replace(new RegExp(HIDDEN, 'g'), (char) => `\\u${hex(char)}`)
  return `$'${escapes}'`
}

const hex = (char) => char.charCodeAt(0).toString(16).padStart(4, '0')

export function asFetch(entry, base) {
  const { method, target, rows, text } = parts(entry, base)
  const value = parsed(text)
  const body = value === undefined ? JSON.stringify(text) : `JSON.stringify(${JSON.stringify(value)})`
  const options = [`method: ${JSON.stringify(method)}`, `headers: ${JSON.stringify(Object.fromEntries(rows))}`]
  if (text) options.push(`body: ${body}`)
  return `const response = await fetch(${JSON.stringify(target)}, {\n  ${options.join(',\n  ')},\n})`
}

export function asHttpx(entry, base) {
  const { method, target, rows, text } = parts(entry, base)
  const lines = [JSON.stringify(method), JSON.stringify(target), `headers=${JSON.stringify(Object.fromEntries(rows))}`]
  if (text) lines.push(`content=${JSON.stringify(text)}`)
  return `import httpx\n\nwith httpx.stream(\n    ${lines.join(',\n    ')},\n) as response:\n    for line in response.iter_lines():\n        print(line)\n`
}
