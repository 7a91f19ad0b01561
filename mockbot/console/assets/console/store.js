// What the page knows, and how a change of it reaches the screen.
import { render } from './lit/lit-html.js'

export const state = {
  /** The name of the world that is shown. */
  world: worldOf(location),
  /** The world as the control API shows it; null until it is known. */
  about: null,
  worlds: [],
  /** connecting, live, or lost with a reason in `why`. */
  connection: 'connecting',
  why: '',
  /** Whether the control API asks for the token of --control-token. */
  needsToken: false,
  /** Why the last reload failed; empty if it did not. */
  unhealthy: '',
  /** The entries of the journal by id, oldest first, without bodies. */
  entries: new Map(),
  /** What was sent so far in exchanges that have not ended: {status, chunks}. */
  live: new Map(),
  selected: null,
  /** The selected entry with its bodies. */
  detail: null,
  search: '',
  show: 'all',
  panel: 'exchange',
  breakpoints: [],
  held: [],
  /** What went wrong last, or was done, in one sentence. */
  message: null,
  /** What each panel keeps for itself, by the panel's name. */
  panels: {},
}

/** How many entries the list has at most; older ones are in the journal only. */
export const MOST_ENTRIES = 500

let draw = () => {}
let waiting = false

/** Show what `view` returns in `root`, now and after each change. */
export function show(view, root) {
  draw = () => render(view(), root)
  draw()
}

/** Change the state and show it before the next frame of the screen. */
export function change(patch = {}) {
  Object.assign(state, patch)
  if (waiting) return
  waiting = true
  requestAnimationFrame(() => {
    waiting = false
    draw()
  })
}

/** Return what a panel keeps; `first` is what it starts with. */
export function kept(name, first) {
  return (state.panels[name] ??= first)
}

/** Do something that may fail, and show why if it does. */
export async function attempt(action, done = '') {
  try {
    const result = await action()
    if (done) change({ message: { text: done, bad: false } })
    return result
  } catch (error) {
    change({ message: { text: error.message, bad: true } })
    return undefined
  }
}

function worldOf({ pathname, search }) {
  const named = /^\/w\/([^/]+)/.exec(pathname)
  return named ? decodeURIComponent(named[1]) : new URLSearchParams(search).get('world') ?? 'default'
}
