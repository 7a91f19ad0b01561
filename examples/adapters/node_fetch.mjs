// An adapter of `mockbot fuzz --adapter` for fetch of Node 20 and newer, with a reader of events of its own.
// One JSON line for each request, one for each answer. Needs no packages.

import { createInterface } from 'node:readline'

class Incomplete extends Error {}

async function chat(ask, args) {
  const response = await ask('POST', '/api/v1/chat', JSON.stringify(args), { 'Content-Type': 'application/json' })
  const type = (response.headers.get('Content-Type') ?? '').split(';')[0].trim().toLowerCase()
  if (type !== 'text/event-stream') throw new Incomplete(`${type || 'nothing'} in place of a stream`)
  const events = []
  let ended = false
  try {
    for await (const event of read(ask.alive(response.body))) {
      events.push(event)
      ended ||= event.data !== '' && JSON.parse(event.data)?.type === 'end'
    }
  } catch (error) {
    if (!(ended && error.name === 'TimeoutError')) throw error // after `end`, nothing is missing
  }
  if (!ended) throw new Incomplete('the stream ended without `end`')
  return { events }
}

/** Yields the events of a stream, as WHATWG HTML 9.2.6 says. TextDecoder removes a byte order mark. */
async function* read(pieces) {
  const decoder = new TextDecoder()
  let rest = ''
  let afterCr = false
  let data = []
  let event = ''
  let id = ''
  for await (const piece of pieces) {
    let text = decoder.decode(piece, { stream: true })
    if (text === '') continue
    if (afterCr && text[0] === '\n') text = text.slice(1) // CR LF that came in two pieces is one line end
    afterCr = text.endsWith('\r')
    const lines = text.split(/\r\n|\n|\r/)
    lines[0] = rest + lines[0]
    rest = lines.pop()
    for (const line of lines) {
      if (line === '') {
        if (data.length) yield { data: data.join('\n'), event: event || 'message', id }
        data = []
        event = ''
        continue
      }
      const [, name, value] = line.match(/^([^:]*)(?::[ ]?)?([^]*)$/)
      if (name === 'data') data.push(value)
      if (name === 'event') event = value
      if (name === 'id' && !value.includes('\0')) id = value
    }
  }
}

/** Returns a page of sessions; with `all`, the last one after all others were read. */
async function sessions(ask, { all, page = 1, ...query }) {
  for (let read = 0; ; page++) {
    const found = await json(ask, 'GET', `/api/v1/chat/sessions?${new URLSearchParams({ ...query, page })}`)
    const { sessions: rows, total } = found.value.data
    read += rows.length
    if (!all || rows.length === 0 || read >= total) return found
  }
}

function file(ask, { name, content }) {
  const form = new FormData()
  form.append('file', new Blob([content]), name)
  return json(ask, 'POST', '/api/v1/file', form)
}

/** Returns the JSON of a response, and its text: JSON.parse rounds integers beyond 2^53. */
async function json(ask, method, path, body, headers) {
  const response = await ask(method, path, body, headers)
  const pieces = []
  for await (const piece of ask.alive(response.body)) pieces.push(piece)
  const text = Buffer.concat(pieces).toString()
  const value = JSON.parse(text)
  if (value.status !== 'ok') throw new Incomplete(value.message) // AstrBot reports some errors with status 200
  return { value, text: text.replace(/[\r\n]/g, ' ') }
}

const OPS = {
  chat,
  sessions,
  file,
  configs: (ask) => json(ask, 'GET', '/api/v1/configs'),
  bots: (ask) => json(ask, 'GET', '/api/v1/im/bots'),
  send: (ask, args) =>
    json(ask, 'POST', '/api/v1/im/message', JSON.stringify(args), { 'Content-Type': 'application/json' }),
}

/** Returns a function that sends requests, and gives up after half of the deadline without a byte. */
function asking({ base_url, api_key, deadline }) {
  const giveUp = new AbortController()
  let timer
  const wait = () => {
    clearTimeout(timer)
    const late = () => giveUp.abort(new DOMException('nothing has come for too long', 'TimeoutError'))
    timer = setTimeout(late, (deadline * 1000) / 2)
  }
  const ask = async (method, path, body, headers = {}) => {
    wait()
    const options = { method, body, signal: giveUp.signal, headers: { 'X-API-Key': api_key, ...headers } }
    const response = await fetch(base_url + path, options)
    if (response.status !== 200) {
      await response.body?.cancel()
      throw new Incomplete(`status ${response.status}`)
    }
    return response
  }
  ask.alive = async function* (body) {
    for await (const piece of body ?? []) {
      wait()
      yield piece
    }
  }
  ask.done = () => clearTimeout(timer)
  return ask
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, op, args, ...server } = JSON.parse(line)
  const ask = asking(server)
  try {
    if (!OPS[op]) throw Object.assign(new Error(op), { name: 'unsupported' })
    const { events, text } = await OPS[op](ask, args)
    console.log(`{"id":${id},"ok":true,${text ? `"result":${text}` : `"events":${JSON.stringify(events)}`}}`)
  } catch (error) {
    const type = error.cause?.code ?? (error.name === 'Error' ? error.constructor.name : error.name)
    const message = error.cause ? `${error.message}: ${error.cause.message}` : error.message
    console.log(JSON.stringify({ id, ok: false, error: { type, message } }))
  } finally {
    ask.done()
  }
}
