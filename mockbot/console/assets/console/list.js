// The live list of exchanges.
import { html, nothing } from './lit/lit-html.js'
import { repeat } from './lit/directives/repeat.js'
import { control, inWorld } from './api.js'
import { select } from './feed.js'
import { attempt, change, state } from './store.js'

const SHOWN = {
  all: ['All', () => true],
  open: ['In progress', (entry) => entry.ended === 'open'],
  marked: ['With a violation, fault or bad end', (entry) => verdict(entry) !== 'valid'],
}

/** Return valid, deviating (a fault, a breakpoint, an end that is not complete) or violating. */
export function verdict(entry) {
  if (entry.violations.length || entry.defects.length) return 'violating'
  const ended = entry.ended === 'open' || entry.ended === 'complete'
  return entry.faults.length || !ended ? 'deviating' : 'valid'
}

export function list() {
  const found = [...state.entries.values()].filter(matches).reverse()
  return html`
    <div class="tools">
      <input
        type="search"
        aria-label="Search"
        placeholder="Search path, script, status …"
        .value=${state.search}
        @input=${(event) => change({ search: event.target.value })}
      />
      <select aria-label="Show" @change=${(event) => change({ show: event.target.value })}>
        ${Object.entries(SHOWN).map(
          ([name, [label]]) => html`<option value=${name} .selected=${name === state.show}>${label}</option>`,
        )}
      </select>
      <button type="button" @click=${clear} ?disabled=${!state.entries.size}>Clear</button>
    </div>
    ${found.length ? rows(found) : empty()}
  `
}

function rows(found) {
  return html`<ol class="entries" @keydown=${move}>
    ${repeat(
      found,
      (entry) => entry.id,
      (entry) => html`<li>
        <button
          type="button"
          class="entry ${verdict(entry)}"
          aria-current=${entry.id === state.selected ? 'true' : nothing}
          @click=${() => open(entry.id)}
        >
          <span class="time">${time(entry.began)}</span>
          <span class="what"><b>${entry.request.method}</b> ${pathOf(entry)}${entry.request.query ? '?…' : ''}</span>
          <span class="status">${status(entry)}</span>
          <span class="notes">${notes(entry)}</span>
        </button>
      </li>`,
    )}
  </ol>`
}

function empty() {
  if (state.connection !== 'live') return html`<p class="empty">The journal is not read yet.</p>`
  if (state.entries.size) return html`<p class="empty">No exchange matches. Change the search or the filter.</p>`
  return html`<div class="empty">
    <p>No request yet. Point your client at</p>
    <p><code>${location.origin}${state.about?.base_path}</code></p>
    ${state.about?.key ? html`<p>with the key <code>${state.about.key}</code>,</p>` : nothing}
    <p>or write something in <a href="#chat">Chat</a>.</p>
  </div>`
}

function matches(entry) {
  if (!SHOWN[state.show][1](entry)) return false
  const text = [entry.id, entry.request.method, entry.request.path, entry.request.query, entry.response.status]
  const all = [...text, entry.script, entry.wish, ...entry.faults, entry.ended].join(' ').toLowerCase()
  return state.search.toLowerCase().split(/\s+/).every((word) => all.includes(word))
}

/** Return the status, or what there is of it while the exchange lasts. */
function status(entry) {
  const code = entry.response.status || state.live.get(entry.id)?.status || ''
  if (entry.ended === 'open') return code ? `${code} …` : '…'
  return entry.ended === 'complete' ? String(code) : `${code || '–'} ${entry.ended}`
}

function notes(entry) {
  const wrong = entry.violations.length + entry.defects.length
  const parts = [entry.script, ...entry.faults, wrong && `${wrong} violation${wrong > 1 ? 's' : ''}`]
  return parts.filter(Boolean).join(' · ')
}

function open(id) {
  select(id)
  location.hash = 'exchange'
}

/** Let the arrow keys move through the list. */
function move(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (!step) return
  const buttons = [...event.currentTarget.querySelectorAll('button')]
  buttons[buttons.indexOf(event.target) + step]?.focus()
  event.preventDefault()
}

const clear = () =>
  attempt(async () => {
    await control('DELETE', inWorld('/journal'))
    change({ entries: new Map(), live: new Map(), selected: null, detail: null })
  })

/** Return the path below the base URL of the world. */
export function pathOf({ request: { path } }) {
  const base = state.about?.base_path ?? ''
  return base && path.startsWith(`${base}/`) ? path.slice(base.length) : path
}

/** Return a time of day from seconds since 1970. */
export const time = (seconds) => new Date(1000 * seconds).toLocaleTimeString('en-GB')
