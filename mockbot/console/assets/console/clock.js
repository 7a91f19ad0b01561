// The time of the world.
import { html } from './lit/lit-html.js'
import { control, inWorld } from './api.js'
import { attempt, change, kept } from './store.js'

const STEPS = { '1 minute': 60, '1 hour': 3600, '1 day': 86400, '30 days': 2592000 }

export function clock() {
  const pane = kept('clock', { now: null, clock: '' })
  if (pane.now === null) read(pane)
  return html`
    <p class="now"><time>${pane.now || '…'}</time></p>
    <p class="note">
      The clock of this world is ${pane.clock || '…'}. Keys expire by it, and what is made has its time. Waits in scripts take
      real time.
    </p>
    <div class="tools">
      ${Object.entries(STEPS).map(
        ([name, seconds]) => html`<button type="button" @click=${() => advance(pane, seconds)}>${name} on</button>`,
      )}
      <button type="button" @click=${() => read(pane)}>Read again</button>
    </div>
  `
}

async function read(pane) {
  pane.now ??= ''
  Object.assign(pane, (await attempt(() => control('GET', inWorld('/clock')))) ?? {})
  change()
}

async function advance(pane, seconds) {
  Object.assign(pane, (await attempt(() => control('POST', inWorld('/clock/advance'), { seconds }))) ?? {})
  change()
}
