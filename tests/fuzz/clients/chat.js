// A reader of a chat with one bug: a blank line is two LF, so it finds no event in lines that end with CRLF.
export async function * chat (url, key, message, signal) {
  const response = await fetch(`${url}/api/v1/chat`, {
    method: 'POST',
    headers: { 'X-API-Key': key, 'Content-Type': 'application/json' },
    body: JSON.stringify({ message, username: 'ada' }),
    signal
  })
  if (!response.ok) throw new Error(`status ${response.status}`)
  let ended = false
  for (const block of (await response.text()).split('\n\n')) {
    if (!block.startsWith('data: ')) continue
    const event = JSON.parse(block.slice(6))
    yield event
    ended ||= event.type === 'end'
  }
  if (!ended) throw new Error('the reply has no end')
}
