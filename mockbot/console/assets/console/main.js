// The page: its head, the list of exchanges, and one panel beside it.
import { html, nothing } from './lit/lit-html.js'
import { token } from './api.js'
import { breakpoints } from './breakpoints.js'
import { chat } from './chat.js'
import { clock } from './clock.js'
import { documentPanel } from './document.js'
import { exchange } from './exchange.js'
import { faults } from './faults.js'
import { follow, openWorld } from './feed.js'
import { held } from './held.js'
import { list } from './list.js'
import { scripts } from './scripts.js'
import { change, show, state } from './store.js'
import { statePanel } from './state.js'
import { worlds } from './worlds.js'

const PANELS = {
  exchange: ['Exchange', exchange],
  chat: ['Chat', chat],
  scripts: ['Scripts', scripts],
  faults: ['Faults', faults],
  breakpoints: ['Breakpoints', breakpoints],
  state: ['State', statePanel],
  world: ['World', worlds],
  clock: ['Clock', clock],
  document: ['Document', documentPanel],
}

function page() {
  const [title, panel] = PANELS[state.panel]
  return html`
    <header>
      <h1>mockbot</h1>
      <label class="world">
        World
        <select aria-label="World" @change=${(event) => openWorld(event.target.value)}>
          ${names().map((name) => html`<option .selected=${name === state.world}>${name}</option>`)}
        </select>
      </label>
      <span class="about">${state.about ? `${state.about.server}, ${state.about.contract}` : ''}</span>
      <span class="connection ${state.connection}" role="status">${connection()}</span>
    </header>
    ${state.needsToken ? askForToken() : nothing} ${unhealthy()} ${message()} ${held()}
    <div class="columns">
      <section class="left" aria-label="Exchanges">${list()}</section>
      <main>
        <nav aria-label="Panels">
          ${Object.entries(PANELS).map(
            ([name, [label]]) => html`<button
              type="button"
              class="tab"
              aria-current=${name === state.panel ? 'page' : nothing}
              @click=${() => openPanel(name)}
            >
              ${label}${name === 'breakpoints' && state.held.length ? ` (${state.held.length})` : ''}
            </button>`,
          )}
        </nav>
        <section class="panel" aria-label=${title}>${panel()}</section>
      </main>
    </div>
  `
}

function names() {
  const known = state.worlds.map((world) => world.name)
  return known.includes(state.world) ? known : [...known, state.world]
}

function connection() {
  if (state.connection === 'live') return 'live'
  return state.connection === 'connecting' ? 'connecting …' : `not connected: ${state.why}`
}

function unhealthy() {
  if (!state.unhealthy) return nothing
  return html`<p class="message bad" role="alert">${state.unhealthy}

The last reload failed. Until this is mended, everything stays as it was read before.</p>`
}

function message() {
  if (!state.message) return nothing
  return html`<p class="message ${state.message.bad ? 'bad' : 'good'}" role="status">
    <span>${state.message.text}</span>
    <button type="button" @click=${() => change({ message: null })}>Close</button>
  </p>`
}

function askForToken() {
  const submit = (event) => {
    event.preventDefault()
    token.set(new FormData(event.target).get('token'))
    follow()
  }
  return html`<form class="message bad" @submit=${submit}>
    <label>Control token <input name="token" type="password" autocomplete="off" required /></label>
    <button>Use it</button>
  </form>`
}

function openPanel(name) {
  location.hash = name
}

function readHash() {
  const name = location.hash.slice(1)
  if (name in PANELS && name !== state.panel) change({ panel: name, message: null })
}

addEventListener('hashchange', readHash)
readHash()
show(page, document.body)
follow()
