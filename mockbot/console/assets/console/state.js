// What the world holds.
import { html } from './lit/lit-html.js'
import { control, inWorld } from './api.js'
import { attempt, change, kept } from './store.js'

export function statePanel() {
  const pane = kept('state', { tables: null })
  if (pane.tables === null) read(pane)
  const tables = pane.tables ?? []
  return html`
    <div class="tools"><button type="button" @click=${() => read(pane)}>Read again</button></div>
    ${tables.map(table)}
  `
}

async function read(pane) {
  pane.tables ??= []
  Object.assign(pane, (await attempt(() => control('GET', inWorld('/state')))) ?? {})
  change()
}

function table({ name, count, rows }) {
  const objects = rows.map((row) => (row !== null && typeof row === 'object' ? row : { value: row }))
  const columns = [...new Set(objects.flatMap((row) => Object.keys(row)))]
  return html`<details ?open=${count > 0 && count <= 10}>
    <summary><b>${name}</b> ${count}</summary>
    ${count
      ? html`<div class="scroll" tabindex="0" role="region" aria-label=${name}><table>
          <thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
          <tbody>${objects.map((row) => html`<tr>${columns.map((column) => html`<td>${text(row[column])}</td>`)}</tr>`)}</tbody>
        </table></div>`
      : html`<p class="empty">None yet.</p>`}
    ${count > rows.length ? html`<p class="note">The first ${rows.length} of ${count}.</p>` : ''}
  </details>`
}

const text = (value) => (value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value))
