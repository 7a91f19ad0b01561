// The frames that wait at a breakpoint: each can be edited, sent, dropped, or its stream cut.
import { html, nothing } from './lit/lit-html.js'
import { control, inWorld } from './api.js'
import { attempt, change, kept, state } from './store.js'

const PAUSE = 200
/** Milliseconds without a key before a text is checked. */

export function held() {
  if (!state.held.length) return nothing
  return html`<section class="held" aria-label="Waiting frames">${state.held.map(one)}</section>`
}

function one(frame) {
  const draft = draftOf(frame)
  const edited = draft.text !== plain(frame.text)
  return html`<form class="frame" @submit=${(event) => event.preventDefault()}>
    <h2>Frame ${frame.frame} of ${frame.entry} waits</h2>
    <textarea
      aria-label="Frame ${frame.frame} of ${frame.entry}"
      spellcheck="false"
      rows=${Math.min(8, draft.text.split('\n').length + 1)}
      .value=${draft.text}
      @input=${(event) => edit(frame, draft, event.target.value)}
    ></textarea>
    ${draft.violations.length
      ? html`<ul class="violations">${draft.violations.map((each) => html`<li>${each.message} <code>${each.at || '/'}</code></li>`)}</ul>`
      : html`<p class="note">${edited ? 'Edited; it keeps the contract.' : 'As the server would send it.'}</p>`}
    <div class="tools">
      <button @click=${() => decide(frame, 'send')}>${edited ? 'Send edited' : 'Send'}</button>
      <button type="button" @click=${() => decide(frame, 'send', true)}>Send and hold the next</button>
      <button type="button" @click=${() => decide(frame, 'drop')}>Drop</button>
      <button type="button" @click=${() => decide(frame, 'cut')}>Cut the stream</button>
    </div>
  </form>`
}

/** Return a frame without the blank line that ends it. */
const plain = (text) => text.replace(/\n+$/, '')

function draftOf(frame) {
  const drafts = kept('held', new Map())
  for (const id of drafts.keys()) if (!state.held.some((each) => each.id === id)) drafts.delete(id)
  if (!drafts.has(frame.id)) drafts.set(frame.id, { text: plain(frame.text), violations: [], timer: 0 })
  return drafts.get(frame.id)
}

function edit(frame, draft, text) {
  draft.text = text
  clearTimeout(draft.timer)
  draft.timer = setTimeout(async () => {
    const found = await attempt(() => control('POST', inWorld(`/held/${frame.id}/check`), { text: `${text}\n\n` }))
    if (draft.text === text && found) draft.violations = found.violations
    change()
  }, PAUSE)
  change()
}

async function decide(frame, action, step = false) {
  const { text, timer } = draftOf(frame)
  clearTimeout(timer)
  const edited = action === 'send' && text !== plain(frame.text)
  const body = { action, step, ...(edited ? { text: `${text}\n\n` } : {}) }
  await attempt(() => control('POST', inWorld(`/held/${frame.id}`), body))
}
