// A reader of a chat with one bug: a blank line is two LF, so it finds no event in lines that end with CRLF.
export async function * chat (url, key, message, deadline) {
  const silence = new AbortController()
  let timer
  const wait = () => {
    clearTimeout(timer)
    timer = setTimeout(() => silence.abort(new DOMException('silence', 'TimeoutError')), deadline * 1000)
  }
  wait()
  const response = await fetch(`${url}/api/v1/chat`, {
    method: 'POST',
    headers: { 'X-API-Key': key, 'Content-Type': 'application/json' },
    body: JSON.stringify({ message, username: 'ada' }),
    signal: silence.signal
  })
  if (!response.ok) throw new Error(`status ${response.status}`)
  let text = ''
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    wait()
    text += piece
  }
  clearTimeout(timer)
  let ended = false
  for (const block of text.split('\n\n')) {
    if (!block.startsWith('data: ')) continue
    const event = JSON.parse(block.slice(6))
    yield event
    ended ||= event.type === 'end'
  }
  if (!ended) throw new Error('the reply has no end')
}
