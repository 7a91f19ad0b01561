// One exchange: what was asked, what was answered, what was wrong with it.
import { html, nothing } from './lit/lit-html.js'
import { control, inWorld, keyHeaders, url } from './api.js'
import { asCurl, asFetch, asHttpx } from './copy.js'
import { pathOf, time, verdict } from './list.js'
import { editText } from './scripts.js'
import { parsed } from './sse.js'
import { attempt, state } from './store.js'
import { timeline } from './timeline.js'

export function exchange() {
  if (!state.selected) return html`<p class="empty">Choose an exchange on the list to see what was sent.</p>`
  const entry = state.detail
  if (!entry) return html`<p class="empty">Reading ${state.selected} …</p>`
  const live = state.live.get(entry.id)
  const response = live ? { ...entry.response, ...live } : entry.response
  return html`
    <h2 class=${verdict(entry)}>
      ${entry.request.method} ${pathOf(entry)}
      <small>${entry.id} at ${time(entry.began)}${entry.operation ? `, ${entry.operation}` : ''}</small>
    </h2>
    <div class="tools">${actions(entry)}</div>
    ${facts(entry)} ${violations('The request violates the contract', entry.violations)}
    ${violations('The response would violate the contract', entry.defects)}
    <h3>Request</h3>
    ${entry.request.query ? html`<p class="query">?${entry.request.query}</p>` : nothing} ${headers(entry.request)}
    ${body(entry.request.body, entry.request.size)}
    <h3>Response ${response.status || ''}</h3>
    ${headers(response)}
    ${isStream(response) ? timeline(entry.id, response.chunks) : body(joined(response.chunks), response.size)}
  `
}

function actions(entry) {
  const copy = (text, what) => attempt(() => navigator.clipboard.writeText(text), `Copied as ${what}.`)
  const base = `${location.origin}`
  return html`
    <button type="button" @click=${() => copy(asCurl(entry, base), 'curl')}>Copy as curl</button>
    <button type="button" @click=${() => copy(asFetch(entry, base), 'fetch')}>Copy as fetch</button>
    <button type="button" @click=${() => copy(asHttpx(entry, base), 'httpx')}>Copy as httpx</button>
    <button type="button" @click=${() => attempt(() => sendAgain(entry), 'Sent again.')}>Send again</button>
    <button type="button" @click=${() => attempt(() => saveAsScript(entry))} ?disabled=${entry.ended === 'open'}>
      Save as script
    </button>
    ${entry.ended === 'open'
      ? html`<button type="button" @click=${() => attempt(() => hold(entry))}>Hold at the next frame</button>`
      : nothing}
  `
}

/** Return what is known of the exchange beside its messages. */
function facts(entry) {
  const rows = [
    ['Ended', entry.ended === 'complete' ? '' : [entry.ended, entry.why].filter(Boolean).join(': ')],
    ['Took', entry.ended === 'open' ? '' : `${(1000 * entry.seconds).toFixed(0)} ms`],
    ['Script', entry.script],
    ['Wish', entry.wish],
    ['Faults', entry.faults.join(', ')],
  ].filter(([, value]) => value)
  return html`<dl class="facts">${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}

function violations(title, found) {
  if (!found.length) return nothing
  return html`<div class="violations">
    <h3>${title}</h3>
    <ul>
      ${found.map(
        (each) => html`<li>
          ${each.message}
          <small>${each.in} <code>${each.at || '/'}</code>${each.value === null ? '' : `, is ${JSON.stringify(each.value)}`}</small>
        </li>`,
      )}
    </ul>
  </div>`
}

function headers({ headers: rows }) {
  if (!rows.length) return nothing
  return html`<details>
    <summary>${rows.length} headers</summary>
    <dl class="headers">${rows.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>
  </details>`
}

/** Show a body: JSON with indentation, other text as it is, bytes as their number. */
export function body(content, size) {
  if (!size) return html`<p class="note">No body.</p>`
  if (content.base64 !== undefined) return html`<p class="note">${size} bytes that are not text.</p>`
  const value = parsed(content.text)
  const cut = new TextEncoder().encode(content.text).length < size ? html`<p class="note">The first part of ${size} bytes.</p>` : nothing
  return html`<pre tabindex="0" aria-label="Body">${value === undefined ? content.text : JSON.stringify(value, null, 2)}</pre>${cut}`
}

function joined(chunks) {
  if (chunks.some((chunk) => chunk.base64 !== undefined)) return { base64: '' }
  return { text: chunks.map((chunk) => chunk.text).join('') }
}

export const isStream = ({ headers: rows }) =>
  rows.some(({ name, value }) => name.toLowerCase() === 'content-type' && value.startsWith('text/event-stream'))

/** Send the same request, with the key of the world; the answer appears on the list. */
async function sendAgain(entry) {
  const { method, query, headers: rows, body: content } = entry.request
  const own = { ...keyHeaders() }
  for (const { name, value } of rows) if (/^(content-type|accept|prefer)$/i.test(name)) own[name] = value
  const data = method === 'GET' || method === 'HEAD' ? undefined : bytes(content)
  const response = await fetch(url(pathOf(entry)) + (query ? `?${query}` : ''), { method, headers: own, body: data })
  response.body?.cancel()
}

const bytes = ({ text, base64 }) => (base64 === undefined ? text : Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)))

async function hold(entry) {
  await control('POST', inWorld('/breakpoints'), { entry: entry.id })
}

async function saveAsScript(entry) {
  const { text } = await control('GET', inWorld(`/journal/entries/${entry.id}/script`))
  editText(text)
}
