// A stream, frame by frame, with the time between frames drawn to scale.
import { html, nothing } from './lit/lit-html.js'
import { Parser, parsed } from './sse.js'
import { change, kept } from './store.js'

const LONGEST = 160
/** Pixels of the longest gap. */

export function timeline(id, chunks) {
  const view = kept('timeline', { raw: false })
  const found = frames(chunks)
  const longest = Math.max(0.001, ...found.map((frame) => frame.gap))
  const reply = assembled(found)
  return html`
    ${reply.text ? part('Assembled reply', reply.text) : nothing} ${reply.reasoning ? part('Reasoning', reply.reasoning) : nothing}
    <div class="tools">
      <span>${found.length} frames in ${chunks.length} chunks</span>
      <label><input type="checkbox" .checked=${view.raw} @change=${(event) => toggle(view, event)} /> Raw bytes</label>
    </div>
    ${view.raw ? raw(chunks) : html`<ol class="timeline" data-entry=${id}>${found.map((frame) => row(frame, longest))}</ol>`}
  `
}

function toggle(view, event) {
  view.raw = event.target.checked
  change()
}

const part = (title, text) => html`<h4>${title}</h4><p class="reply">${text}</p>`

function row(frame, longest) {
  return html`<li class=${frame.unfinished ? 'unfinished' : ''}>
    <span class="gap" .style=${`width: ${Math.max(1, (LONGEST * frame.gap) / longest)}px`}></span>
    <details>
      <summary>
        <span class="ms">${(1000 * frame.at).toFixed(0)} ms</span>
        <span class="type">${frame.type}</span>
        <span class="text">${frame.text}</span>
      </summary>
      <pre tabindex="0" aria-label="Frame">${frame.value === undefined ? frame.raw : JSON.stringify(frame.value, null, 2)}</pre>
    </details>
  </li>`
}

/** Show each chunk as it left, with what cannot be seen escaped. */
function raw(chunks) {
  return html`<ol class="chunks">
    ${chunks.map(
      (chunk) => html`<li>
        <span class="ms">${(1000 * chunk.at).toFixed(1)} ms</span>
        <code>${chunk.base64 === undefined ? escaped(chunk.text) : `base64 ${chunk.base64}`}</code>
      </li>`,
    )}
  </ol>`
}

// eslint-disable-next-line no-control-regex
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g
const NAMES = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
export const escaped = (text) =>
  text.replace(HIDDEN, (char) => NAMES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Return the frames of a stream: {at, gap, type, text, value, raw}, times in seconds. */
export function frames(chunks) {
  const parser = new Parser()
  const decoder = new TextDecoder()
  const found = []
  let before = 0
  const add = (block, at) => {
    found.push({ ...described(block), at, gap: at - before, raw: block.raw, unfinished: block.unfinished })
    before = at
  }
  for (const chunk of chunks) {
    for (const block of parser.feed(decoder.decode(bytesOf(chunk), { stream: true }))) add(block, chunk.at)
  }
  const rest = parser.unfinished()
  if (rest) add(rest, chunks.at(-1).at)
  return found
}

function bytesOf({ text, base64 }) {
  if (base64 === undefined) return new TextEncoder().encode(text)
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
}

function described({ data, event, raw: lines }) {
  if (data === null) return { type: event || (lines.startsWith(':') ? 'comment' : 'no data'), text: lines, value: undefined }
  const value = parsed(data)
  if (value === null || typeof value !== 'object') return { type: event || 'text', text: data, value }
  const text = typeof value.data === 'string' ? value.data : JSON.stringify(value.data ?? value)
  return { type: event || String(value.type ?? 'json'), text, value }
}

/** Return the text that a chat client shows: that of the plain frames, with its reasoning apart. */
export function assembled(found) {
  const plain = found.map((frame) => frame.value).filter((value) => value?.type === 'plain' && typeof value.data === 'string')
  const of = (wanted) => plain.filter(({ chain_type }) => wanted.includes(chain_type ?? 'normal')).map(({ data }) => data).join('')
  return { text: of(['normal', '']), reasoning: of(['reasoning']) }
}
