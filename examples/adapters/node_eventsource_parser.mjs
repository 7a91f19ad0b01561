// An adapter of `mockbot fuzz --adapter` for fetch with eventsource-parser: one JSON line for each request and answer.
// Needs: npm install eventsource-parser. It can only chat.

import { createInterface } from 'node:readline'
import { EventSourceParserStream } from 'eventsource-parser/stream'

class Incomplete extends Error {}

async function chat({ base_url, api_key, deadline, args }) {
  const giveUp = new AbortController()
  let timer
  const wait = () => {
    clearTimeout(timer)
    const late = () => giveUp.abort(new DOMException('nothing has come for too long', 'TimeoutError'))
    timer = setTimeout(late, (deadline * 1000) / 2)
  }
  wait()
  const events = []
  let ended = false
  try {
    const response = await fetch(`${base_url}/api/v1/chat`, {
      method: 'POST',
      headers: { 'X-API-Key': api_key, 'Content-Type': 'application/json' },
      body: JSON.stringify(args),
      signal: giveUp.signal,
    })
    const type = (response.headers.get('Content-Type') ?? '').split(';')[0].trim().toLowerCase()
    if (response.status !== 200 || type !== 'text/event-stream') {
      await response.body?.cancel()
      throw new Incomplete(`status ${response.status} with ${type || 'no media type'}`)
    }
    const alive = new TransformStream({
      transform(piece, controller) {
        wait()
        controller.enqueue(piece)
      },
    })
    const stream = response.body.pipeThrough(alive).pipeThrough(new TextDecoderStream())
    for await (const { data, event, id } of stream.pipeThrough(new EventSourceParserStream())) {
      events.push({ data, event: event ?? 'message', id: id ?? '' })
      ended ||= data !== '' && JSON.parse(data)?.type === 'end'
    }
  } catch (error) {
    if (!(ended && error.name === 'TimeoutError')) throw error // after `end`, nothing is missing
  } finally {
    clearTimeout(timer)
  }
  if (!ended) throw new Incomplete('the stream ended without `end`')
  return events
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line)
  const answer = { id: request.id, ok: false }
  try {
    if (request.op !== 'chat') throw Object.assign(new Error(request.op), { name: 'unsupported' })
    Object.assign(answer, { ok: true, events: await chat(request) })
  } catch (error) {
    const type = error.cause?.code ?? (error.name === 'Error' ? error.constructor.name : error.name)
    answer.error = { type, message: error.cause ? `${error.message}: ${error.cause.message}` : error.message }
  }
  console.log(JSON.stringify(answer))
}
