// The document that is served, and what clients got wrong in it so far.
import { html } from './lit/lit-html.js'
import { control, inWorld, url } from './api.js'
import { attempt, change, kept, state } from './store.js'

export function documentPanel() {
  const pane = kept('document', { about: null, verdict: null })
  if (pane.about === null) read(pane)
  return html`
    <h3>What the client got wrong</h3>
    ${pane.verdict?.findings.length
      ? html`<ul class="violations">
          ${pane.verdict.findings.map((each) => html`<li><b>${each.severity}: ${each.name}</b> ${each.sentence}</li>`)}
        </ul>`
      : html`<p class="empty">Nothing so far.</p>`}
    <h3>The document</h3>
    <dl class="facts">
      ${Object.entries(pane.about ?? {}).map(([name, value]) => html`<dt>${name}</dt><dd><code>${value}</code></dd>`)}
    </dl>
    <ul class="links">
      <li><a href="/__mockbot__/docs?world=${encodeURIComponent(state.world)}">API reference</a>, in which each operation can be tried</li>
      <li><a href=${url('/openapi.json')}>The document as it is served</a></li>
      <li><a href=${url('/openapi.client.json')}>For generators of clients</a></li>
      <li><a href=${url('/openapi.upstream.json')}>As it was published</a></li>
    </ul>
    <div class="tools"><button type="button" @click=${() => read(pane)}>Read again</button></div>
  `
}

async function read(pane) {
  pane.about ??= {}
  const about = await attempt(() => control('GET', '/version'))
  const verdict = await attempt(() => control('GET', inWorld('/verdict')))
  Object.assign(pane, { about: about ?? {}, verdict: verdict ?? null })
  change()
}
