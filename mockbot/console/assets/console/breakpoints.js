// Where streams wait.
import { html } from './lit/lit-html.js'
import { control, inWorld } from './api.js'
import { refreshBreakpoints } from './feed.js'
import { operationChoice } from './operations.js'
import { attempt, state } from './store.js'

export function breakpoints() {
  return html`
    <p>A stream waits at a breakpoint before it sends a frame. You can then edit the frame, drop it, or cut the stream.</p>
    <form class="form" @submit=${add}>
      ${operationChoice('operation')}
      <label>From frame <input name="frame" type="number" min="1" placeholder="1" /></label>
      <label>Contains <input name="contains" placeholder='"type": "end"' /></label>
      <label>How many frames <input name="times" type="number" min="1" value="1" /></label>
      <button>Set breakpoint</button>
    </form>
    ${state.breakpoints.length
      ? html`<ul class="rows">${state.breakpoints.map(row)}</ul>`
      : html`<p class="empty">
          ${state.held.length ? 'No other breakpoint is set.' : 'No breakpoint is set. Set one, then send a chat.'}
        </p>`}
  `
}

function row(each) {
  const parts = [
    each.operation ?? 'any operation',
    each.entry && `exchange ${each.entry}`,
    each.frame && `from frame ${each.frame}`,
    each.contains && `containing ${each.contains}`,
    each.left === null ? 'always' : `${each.left} more`,
  ]
  return html`<li>
    <span>${parts.filter(Boolean).join(', ')}</span>
    <button type="button" aria-label="Remove breakpoint ${each.id}" @click=${() => remove(each.id)}>Remove</button>
  </li>`
}

function add(event) {
  event.preventDefault()
  const form = new FormData(event.target)
  const number = (name) => (form.get(name) ? Number(form.get(name)) : null)
  attempt(async () => {
    await control('POST', inWorld('/breakpoints'), {
      operation: form.get('operation') || null,
      frame: number('frame'),
      contains: form.get('contains') || null,
      times: number('times'),
    })
    await refreshBreakpoints()
  }, 'The breakpoint is set.')
}

const remove = (id) =>
  attempt(async () => {
    await control('DELETE', inWorld(`/breakpoints?id=${id}`))
    await refreshBreakpoints()
  })
