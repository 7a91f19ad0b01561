// The operations of the document, read once.
import { html } from './lit/lit-html.js'
import { control } from './api.js'
import { attempt, change, kept } from './store.js'

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query']

/** Return the names of the operations, such as `POST /api/v1/chat`; empty until they are read. */
export function operations() {
  const found = kept('operations', { names: null })
  if (found.names === null) {
    found.names = []
    attempt(async () => {
      const { paths } = await control('GET', '/contract')
      const of = ([path, item]) => METHODS.filter((method) => item[method]).map((method) => `${method.toUpperCase()} ${path}`)
      found.names = Object.entries(paths ?? {}).flatMap(of)
      change()
    })
  }
  return found.names
}

export function operationChoice(name) {
  return html`<label>
    Operation
    <select name=${name}>
      <option value="">any</option>
      ${operations().map((each) => html`<option>${each}</option>`)}
    </select>
  </label>`
}
