// The scripts of the world: which there are, how often they were used, and an editor that validates while one types.
import { html, nothing } from './lit/lit-html.js'
import { live } from './lit/directives/live.js'
import { control, inWorld } from './api.js'
import { attempt, change, kept, state } from './store.js'

const PAUSE = 250
/** Milliseconds without a key before the text is checked. */
const NEW = `- name: my-script
  when:
    message: {contains: weather}
  run:
    - reason: "The person asks for the weather."
    - say: ["It is ", "sunny."]
`

export function scripts() {
  const pane = paneOf()
  if (pane.scripts === null) {
    read(pane)
    return html`<p class="empty">Reading the scripts …</p>`
  }
  return html`
    <div class="tools">
      <button type="button" @click=${() => editText(NEW)}>New script</button>
      <button type="button" @click=${() => read(pane)}>Read again</button>
    </div>
    ${pane.editor ? editor(pane) : nothing}
    ${pane.scripts.length ? table(pane) : html`<p class="empty">No script: the bot echoes each message. Write one with “New script”.</p>`}
    ${states(pane)}
  `
}

const paneOf = () => kept('scripts', { scripts: null, states: {}, editor: null, files: [] })

async function read(pane) {
  pane.scripts ??= []
  const found = await attempt(() => control('GET', inWorld('/scripts?text=true')))
  const files = await attempt(() => control('GET', '/files'))
  Object.assign(pane, found ?? {}, files ?? {})
  change()
}

/** Open the editor with a text; `replaces` is the name of the script that it is, `file` the file that it is in. */
export function editText(text, replaces = null, file = null) {
  paneOf().editor = { text, replaces, file, mistakes: [], timer: 0 }
  location.hash = 'scripts'
  change()
}

function table(pane) {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="All scripts"><table>
    <thead><tr><th scope="col">Script</th><th scope="col">Used</th><th scope="col">From</th><th></th></tr></thead>
    <tbody>
      ${pane.scripts.map(
        (each) => html`<tr>
          <th scope="row">${each.name}</th>
          <td>${each.used}${each.left === null ? '' : `, ${each.left} left`}</td>
          <td>${origin(each, pane)}</td>
          <td>
            <button type="button" aria-label="Edit ${each.name}" @click=${() => edit(each, pane)}>Edit</button>
            <button type="button" aria-label="Remove ${each.name}" @click=${() => remove(each, pane)}>Remove</button>
          </td>
        </tr>`,
      )}
    </tbody>
  </table></div>`
}

const fileOf = (each, pane) => pane.files.find(({ name }) => each.place.startsWith(`${name}:`))

/** Edit a script where it was read: in its file if the server may write it, else in the world. */
function edit(each, pane) {
  const file = fileOf(each, pane)
  if (file) editText(file.text, null, file)
  else editText(each.text, each.name)
}

/** Show where a script was read; one in a file can be changed in the world alone, too. */
function origin(each, pane) {
  if (!fileOf(each, pane)) return each.place
  const alone = () => editText(each.text, each.name)
  return html`${each.place}
    <button type="button" class="link" aria-label="Edit ${each.name} in this world only" @click=${alone}>edit in this world only</button>`
}

function editor(pane) {
  const { editor: draft } = pane
  return html`<form class="editor" @submit=${(event) => save(event, pane)}>
    <h3>${draft.file ? draft.file.name : draft.replaces ?? 'New script'}</h3>
    <textarea
      aria-label="Script in YAML"
      spellcheck="false"
      rows=${Math.min(24, draft.text.split('\n').length + 2)}
      .value=${live(draft.text)}
      @input=${(event) => typed(pane, event.target.value)}
    ></textarea>
    ${draft.mistakes.length
      ? html`<ul class="violations">
          ${draft.mistakes.map((each) => html`<li>${each.line ? `Line ${each.line}: ` : ''}${each.message}</li>`)}
        </ul>`
      : html`<p class="note">Valid.</p>`}
    <div class="tools">
      <button>${draft.file ? 'Save the file' : 'Save to the world'}</button>
      <button type="button" @click=${() => close(pane)}>Close</button>
    </div>
  </form>`
}

function typed(pane, text) {
  const draft = pane.editor
  draft.text = text
  clearTimeout(draft.timer)
  draft.timer = setTimeout(async () => {
    const path = draft.file ? `/files/${draft.file.id}/check` : inWorld('/scripts/check')
    const found = await attempt(() => control('POST', path, { text }))
    if (draft.text === text && found) draft.mistakes = found.mistakes
    change()
  }, PAUSE)
  change()
}

async function save(event, pane) {
  event.preventDefault()
  const { text, replaces, file, timer } = pane.editor
  clearTimeout(timer)
  await attempt(async () => {
    if (file) await control('PUT', `/files/${file.id}`, { text })
    else await control('PUT', inWorld('/scripts'), { text, replaces })
    pane.editor = null
    await read(pane)
  }, 'Saved. The next request gets it.')
}

function close(pane) {
  pane.editor = null
  change()
}

async function remove(each, pane) {
  await attempt(() => control('DELETE', inWorld(`/scripts?name=${encodeURIComponent(each.name)}`)))
  await read(pane)
}

/** Show the named states that scripts require and set, as text that can be changed. */
function states(pane) {
  const text = Object.entries(pane.states).map(([name, value]) => `${name}=${value}`).join('\n')
  const submit = (event) => {
    event.preventDefault()
    const lines = new FormData(event.target).get('states').split('\n').filter((line) => line.includes('='))
    const value = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')).trim(), line.slice(line.indexOf('=') + 1)]))
    attempt(async () => {
      await control('PUT', inWorld('/states'), value)
      await read(pane)
    }, 'The states are saved.')
  }
  return html`<form class="form" @submit=${submit}>
    <label class="wide">
      Named states of ${state.world}, one name=value in a line
      <textarea name="states" rows=${Math.max(2, Object.keys(pane.states).length + 1)} .value=${text}></textarea>
    </label>
    <button>Save states</button>
  </form>`
}
