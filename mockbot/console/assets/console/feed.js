// Follows the journal of a world, and connects again when the server comes back.
import { ask, control, inWorld } from './api.js'
import { events } from './sse.js'
import { MOST_ENTRIES, change, state } from './store.js'

const SOON = 500
const LATE = 5000
let current = new AbortController()

/** Follow the world that is shown, and no other any more. */
export function follow() {
  current.abort()
  current = new AbortController()
  change({ entries: new Map(), live: new Map(), selected: null, detail: null, connection: 'connecting' })
  keepFollowing(current.signal)
}

/** Show another world; its name is in the address, so that the page can be reloaded and shared. */
export function openWorld(name) {
  const query = name === 'default' ? '' : `?world=${encodeURIComponent(name)}`
  history.pushState(null, '', `/__mockbot__/${query}${location.hash}`)
  change({ world: name, about: null, panels: {}, breakpoints: [], held: [], message: null })
  follow()
}

async function keepFollowing(signal) {
  for (let wait = SOON; !signal.aborted; wait = Math.min(2 * wait, LATE)) {
    try {
      await control('GET', inWorld()).catch((error) => makeWorld(error))
      const response = await ask('GET', inWorld('/journal/stream?live=true'), undefined, signal)
      await refresh()
      change({ connection: 'live', why: '', needsToken: false })
      wait = SOON
      for await (const event of events(response.body)) await noticed(event.event, JSON.parse(event.data))
      if (!signal.aborted) change({ connection: 'connecting' })
    } catch (error) {
      if (signal.aborted) return
      change({ connection: 'lost', why: error.message, needsToken: error.status === 401 })
    }
    await new Promise((resolve) => setTimeout(resolve, wait))
  }
}

/** Make the world that is shown if there is none, as the first request to it would. */
async function makeWorld(error) {
  if (error.status !== 404) throw error
  await control('PUT', inWorld(), {})
}

/** Read everything anew: the server may be another one. */
async function refresh() {
  const [about, { worlds }, waiting] = await Promise.all([
    control('GET', inWorld()),
    control('GET', '/worlds'),
    control('GET', inWorld('/breakpoints')),
  ])
  const entries = new Map()
  for (let more = true, since = ''; more; ) {
    const page = await control('GET', inWorld(`/journal?limit=1000${since}`))
    for (const entry of page.entries) entries.set(entry.id, entry)
    more = page.more && page.entries.length > 0
    if (more) since = `&since=${page.entries.at(-1).id}`
  }
  change({ about, worlds, ...waiting, entries: latest(entries), live: new Map() })
  await refreshHealth()
  if (state.selected) await select(entries.has(state.selected) ? state.selected : null)
}

/** Read about the world and all worlds again, after a change. */
export async function refreshWorlds() {
  const [about, { worlds }] = await Promise.all([control('GET', inWorld()), control('GET', '/worlds')])
  change({ about, worlds })
}

async function noticed(kind, value) {
  if (kind === 'sent') {
    const live = state.live.get(value.id) ?? { chunks: [] }
    live.status = value.status
    live.chunks.splice(value.first, Infinity, ...value.chunks)
    state.live.set(value.id, live)
    change()
  } else if (kind === 'changed') {
    await Promise.all([refreshBreakpoints(), refreshHealth()])
  } else {
    state.entries.set(value.id, value)
    if (kind === 'entry') state.live.delete(value.id)
    change({ entries: latest(state.entries) })
    if (value.id === state.selected) await select(value.id)
  }
}

export async function refreshBreakpoints() {
  change(await control('GET', inWorld('/breakpoints')))
}

/** Read whether the last reload failed, and why. */
async function refreshHealth() {
  const unhealthy = await control('GET', '/health').then(() => '', (error) => error.message)
  change({ unhealthy })
}

/** Show an exchange, or none. */
export async function select(id) {
  change({ selected: id, detail: state.detail?.id === id ? state.detail : null })
  if (!id) return
  try {
    const detail = await control('GET', inWorld(`/journal/entries/${id}`))
    if (state.selected === id) change({ detail })
  } catch (error) {
    change({ message: { text: error.message, bad: true } })
  }
}

function latest(entries) {
  const extra = entries.size - MOST_ENTRIES
  return extra > 0 ? new Map([...entries].slice(extra)) : entries
}
