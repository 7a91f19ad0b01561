// The faults that are armed for the next responses. The form is made from the schema of the faults.
import { html } from './lit/lit-html.js'
import { control, inWorld } from './api.js'
import { operationChoice } from './operations.js'
import { attempt, change, kept } from './store.js'

export function faults() {
  const pane = kept('faults', { schema: null, armed: [], name: 'delay' })
  if (pane.schema === null) {
    read(pane)
    return html`<p class="empty">Reading the faults …</p>`
  }
  const chosen = pane.schema[pane.name]
  return html`
    <p>A fault damages the next response on purpose, so that you see how your client copes.</p>
    <form class="form" @submit=${(event) => arm(event, pane)}>
      <label>
        Fault
        <select name="name" @change=${(event) => choose(pane, event.target.value)}>
          ${Object.keys(pane.schema).map((name) => html`<option .selected=${name === pane.name}>${name}</option>`)}
        </select>
      </label>
      <p class="wide note">${chosen?.description}</p>
      ${Object.entries(chosen?.properties ?? {}).filter(([name]) => name !== 'name').map(([name, schema]) => field(name, schema))}
      ${operationChoice('operation')}
      <label>How many responses <input name="times" type="number" min="1" value="1" /></label>
      <label>Leave out first <input name="skip" type="number" min="0" value="0" /></label>
      <button>Arm</button>
    </form>
    ${pane.armed.length
      ? html`<ul class="rows">${pane.armed.map((each) => row(each, pane))}</ul>`
      : html`<p class="empty">No fault is armed.</p>`}
  `
}

async function read(pane) {
  pane.schema ??= {}
  const schema = await attempt(() => control('GET', '/formats/fault'))
  const listed = await attempt(() => control('GET', inWorld('/faults')))
  Object.assign(pane, { schema: schema?.$defs ?? {}, armed: listed?.faults ?? [] })
  change()
}

/** Return the field for one parameter; an empty one means its default. */
function field(name, schema) {
  const types = [schema.type].flat()
  const first = schema.default ?? ''
  const hint = schema.description ?? ''
  if (schema.enum) {
    return html`<label title=${hint}>${name}
      <select name="p:${name}">${schema.enum.map((each) => html`<option value=${each ?? ''} .selected=${each === first}>${each ?? 'none'}</option>`)}</select>
    </label>`
  }
  if (types.includes('boolean')) {
    return html`<label title=${hint}>${name}
      <select name="p:${name}"><option .selected=${first === true}>true</option><option .selected=${first === false}>false</option></select>
    </label>`
  }
  const isNumber = types.includes('integer') || types.includes('number')
  return html`<label title=${hint}>${name}
    <input name="p:${name}" type=${isNumber ? 'number' : 'text'} step="any" .value=${String(first)} placeholder=${hint} />
  </label>`
}

/** Return the fault that the form describes. */
function written(form, schema) {
  const fault = { name: form.get('name') }
  for (const [name, { type }] of Object.entries(schema?.properties ?? {})) {
    const text = form.get(`p:${name}`)
    if (name === 'name' || text === null || text === '') continue
    const types = [type].flat()
    if (types.includes('boolean')) fault[name] = text === 'true'
    else fault[name] = types.includes('integer') || types.includes('number') ? Number(text) : text
  }
  return fault
}

function choose(pane, name) {
  pane.name = name
  change()
}

function arm(event, pane) {
  event.preventDefault()
  const form = new FormData(event.target)
  attempt(async () => {
    await control('POST', inWorld('/faults'), {
      fault: written(form, pane.schema[pane.name]),
      operation: form.get('operation') || null,
      times: form.get('times') ? Number(form.get('times')) : null,
      skip: Number(form.get('skip') || 0),
    })
    await read(pane)
  }, 'The fault is armed.')
}

function row(each, pane) {
  const { name, ...parameters } = each.fault
  const given = Object.entries(parameters).map(([key, value]) => `${key}=${value}`).join(' ')
  const left = each.left === null ? 'all responses' : `${each.left} more`
  const disarm = () =>
    attempt(async () => {
      await control('DELETE', inWorld(`/faults?id=${each.id}`))
      await read(pane)
    })
  return html`<li>
    <span><b>${name}</b> ${given}<br /><small>${each.operation ?? 'any operation'}, ${left}${each.skip ? `, after ${each.skip}` : ''}</small></span>
    <button type="button" aria-label="Disarm ${name} ${each.id}" @click=${disarm}>Disarm</button>
  </li>`
}
