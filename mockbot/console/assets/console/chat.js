// A client of the chat, in the page: what it shows is what a client would get.
import { html, nothing } from './lit/lit-html.js'
import { keyHeaders, url } from './api.js'
import { events, parsed } from './sse.js'
import { change, kept, state } from './store.js'
import { assembled } from './timeline.js'

const PATH = '/api/v1/chat'
const MEDIA = ['image', 'record', 'file', 'video']
const FIRST = { log: [], session: '', busy: null }

export function chat() {
  if (!state.about?.server.startsWith('astrbot')) {
    return html`<p class="empty">This document has no chat. Try its operations in the <a href="/__mockbot__/docs">API reference</a>.</p>`
  }
  const pane = kept('chat', { ...FIRST, log: [] })
  return html`
    <ol class="talk" aria-live="polite">
      ${pane.log.map(turn)}
    </ol>
    ${pane.log.length ? nothing : html`<p class="empty">Say something. Without a script for it, the bot echoes.</p>`}
    <form class="form" @submit=${(event) => send(event, pane)}>
      <label class="wide">Message <textarea name="message" rows="2" required @keydown=${submitOnEnter}></textarea></label>
      <label>Username <input name="username" value="ada" required /></label>
      <label>Session <input name="session" .value=${pane.session} placeholder="a new one" /></label>
      <label>File <input name="file" type="file" /></label>
      <label class="check"><input name="streaming" type="checkbox" checked /> Streaming</label>
      <button ?disabled=${pane.busy !== null}>Send</button>
      <button type="button" ?disabled=${pane.busy === null} @click=${() => pane.busy?.abort()}>Stop</button>
    </form>
  `
}

function turn({ message, file, reply, reasoning, count, problem, media }) {
  return html`<li class="you">${message}${file ? html` <small>with ${file}</small>` : nothing}</li>
    <li class="bot">
      ${reasoning ? html`<p class="reasoning">${reasoning}</p>` : nothing}
      <p>${reply || (problem ? '' : '…')}</p>
      ${media.map((each) => html`<p><code>${each}</code></p>`)}
      <small>${problem ? html`<span class="bad">${problem}</span>` : `${count} events`}</small>
    </li>`
}

function submitOnEnter(event) {
  if (event.key !== 'Enter' || event.shiftKey) return
  event.preventDefault()
  event.target.form.requestSubmit()
}

async function send(event, pane) {
  event.preventDefault()
  const form = new FormData(event.target)
  const file = form.get('file')
  const one = { message: form.get('message'), file: file?.name ?? '', reply: '', reasoning: '', count: 0, problem: '', media: [] }
  pane.log.push(one)
  pane.busy = new AbortController()
  event.target.reset()
  change()
  try {
    const body = {
      message: file?.size ? [{ type: 'plain', text: one.message }, await upload(file)] : one.message,
      username: form.get('username'),
      enable_streaming: form.get('streaming') !== null,
      ...(form.get('session') ? { session_id: form.get('session') } : {}),
    }
    await stream(body, one, pane)
  } catch (error) {
    one.problem = error.name === 'AbortError' ? 'stopped' : error.message
  }
  pane.busy = null
  change()
}

async function upload(file) {
  const body = new FormData()
  body.append('file', file)
  const response = await fetch(url('/api/v1/file'), { method: 'POST', headers: keyHeaders(), body })
  const value = await response.json()
  if (!value.data?.attachment_id) throw new Error(value.message ?? `the upload got status ${response.status}`)
  return { type: value.data.type ?? 'file', attachment_id: value.data.attachment_id }
}

/** Send a chat, and show the reply as it comes. */
async function stream(body, one, pane) {
  const response = await fetch(url(PATH), {
    method: 'POST',
    headers: { ...keyHeaders(), 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    signal: pane.busy.signal,
  })
  if (!(response.headers.get('content-type') ?? '').startsWith('text/event-stream')) {
    const text = await response.text()
    throw new Error(parsed(text)?.message ?? `status ${response.status}: ${text.slice(0, 200)}`)
  }
  const frames = []
  let ended = false
  for await (const { data } of events(response.body)) {
    const value = parsed(data)
    frames.push({ value })
    one.count += 1
    if (value?.session_id) pane.session = value.session_id
    ended ||= value?.type === 'end'
    if (MEDIA.includes(value?.type)) one.media.push(`${value.type}: ${value.data}`)
    if (value?.type === 'error') one.problem = String(value.data)
    const { text, reasoning } = assembled(frames)
    Object.assign(one, { reply: text, reasoning })
    change()
  }
  if (!ended && !one.problem) one.problem = 'the stream ended without an end event'
}
