// The worlds: reset this one, keep what it holds as a fixture, open or make another.
import { html } from './lit/lit-html.js'
import { control, inWorld } from './api.js'
import { openWorld, refreshWorlds, select } from './feed.js'
import { attempt, state } from './store.js'

export function worlds() {
  const about = state.about
  return html`
    <dl class="facts">
      ${Object.entries({
        'Base URL': `${location.origin}${about?.base_path ?? ''}`,
        Key: about?.key,
        Imitates: about?.server,
        Contract: about?.contract,
        Fixture: about?.fixture,
        Seed: about?.seed,
      }).map(([name, value]) => html`<dt>${name}</dt><dd><code>${value}</code></dd>`)}
    </dl>
    <div class="tools">
      <button type="button" @click=${reset}>Reset ${state.world}</button>
      <button type="button" @click=${() => attempt(download)}>Download as fixture</button>
      <button type="button" ?disabled=${state.world === 'default'} @click=${remove}>Remove ${state.world}</button>
    </div>
    <h3>Another world</h3>
    <form class="form" @submit=${make}>
      <label>Name <input name="name" required pattern="[A-Za-z0-9._\\-]{1,64}" title="1 to 64 letters, digits, dots, hyphens or underscores" /></label>
      <label>Fixture <select name="fixture"><option value="">as this server</option><option>default</option><option>empty</option></select></label>
      <label>or a file <input name="file" type="file" accept=".json,application/json" /></label>
      <label>Contract <select name="contract"><option>enforce</option><option>observe</option></select></label>
      <label>Clock <select name="clock"><option>running</option><option>frozen</option></select></label>
      <button>Make it</button>
    </form>
    <h3>All worlds</h3>
    <ul class="rows">
      ${state.worlds.map(
        (world) => html`<li>
          <span><b>${world.name}</b> <small>${world.server}, ${world.entries} exchanges, ${world.sessions} sessions</small></span>
          <button type="button" ?disabled=${world.name === state.world} aria-label="Open ${world.name}" @click=${() => openWorld(world.name)}>Open</button>
        </li>`,
      )}
    </ul>
  `
}

const reset = () =>
  attempt(async () => {
    await control('POST', inWorld('/reset'))
    state.panels = {}
    await select(null)
    await refreshWorlds()
  }, `${state.world} starts anew.`)

async function download() {
  const snapshot = await control('GET', inWorld('/snapshot'))
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([JSON.stringify(snapshot, null, 2)], { type: 'application/json' }))
  link.download = `${state.world}.json`
  link.click()
  URL.revokeObjectURL(link.href)
}

const remove = () =>
  attempt(async () => {
    await control('DELETE', inWorld())
    openWorld('default')
  })

function make(event) {
  event.preventDefault()
  const form = new FormData(event.target)
  attempt(async () => {
    const file = form.get('file')
    const fixture = file?.size ? JSON.parse(await file.text()) : form.get('fixture')
    await control('PUT', `/worlds/${encodeURIComponent(form.get('name'))}`, {
      ...(fixture ? { fixture } : {}),
      contract: form.get('contract'),
      clock: form.get('clock'),
    })
    openWorld(form.get('name'))
  })
}
