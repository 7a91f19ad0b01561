// A small client of AstrBot's Open API for Node 18 and newer: chat, sessions, files. Needs no packages.
//
//   const bot = new AstrBot('http://127.0.0.1:6185', 'abk_...')
//   for await (const text of bot.chat('ada', 'hello')) process.stdout.write(text)

const ATTEMPTS = 3

/** AstrBot said no, or its answer did not arrive whole. */
export class BotError extends Error {}

export class AstrBot {
  /** `sleep(seconds)` is how it waits before it tries again. */
  constructor(baseUrl, key, sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000))) {
    Object.assign(this, { baseUrl, key, sleep })
  }

  /** Yields the reply piece by piece as it comes; BotError when it breaks off before its end. */
  async *chat(username, message, sessionId) {
    const body = JSON.stringify({ username, message, session_id: sessionId, enable_streaming: true })
    const answer = await this.#send('POST', 'chat', body, { 'Content-Type': 'application/json' })
    for await (const event of events(answer.body)) {
      switch (event.type) {
        case 'plain':
          if (event.streaming && event.chain_type === null) yield event.data
          break
        case 'error':
          throw new BotError(event.data)
        case 'end':
          return
      }
    }
    throw new BotError('the reply broke off')
  }

  /** Returns a page of a user's chat sessions, the latest first. */
  async sessions(username, page = 1, pageSize = 20) {
    const query = new URLSearchParams({ username, page, page_size: pageSize })
    return (await this.#ask('GET', `chat/sessions?${query}`)).sessions
  }

  /** Uploads a file and returns its attachment id. */
  async upload(filename, content) {
    const form = new FormData()
    form.append('file', new Blob([content]), filename)
    return (await this.#ask('POST', 'file', form)).attachment_id
  }

  async #ask(method, path, body) {
    const envelope = await (await this.#send(method, path, body)).json()
    if (envelope.status !== 'ok') throw new BotError(envelope.message)
    return envelope.data
  }

  /** Sends a request, again when AstrBot is too busy, as long as it asks for. */
  async #send(method, path, body, headers = {}) {
    for (let attempt = 1; ; attempt++) {
      const answer = await fetch(`${this.baseUrl}/api/v1/${path}`, {
        method, body, headers: { 'X-API-Key': this.key, ...headers },
      })
      if (answer.status === 200) return answer
      const reason = await answer.text()
      const wait = answer.headers.get('Retry-After')
      if (![429, 503].includes(answer.status) || wait === null || attempt === ATTEMPTS) {
        throw new BotError(`${answer.status}: ${reason}`)
      }
      await this.sleep(Number(wait))
    }
  }
}

/** Yields the JSON of each server-sent event. */
async function* events(body) {
  let buffer = ''
  try {
    for await (const piece of body.pipeThrough(new TextDecoderStream())) {
      const blocks = (buffer + piece).split(/\r?\n\r?\n/)
      buffer = blocks.pop()
      for (const block of blocks) {
        const lines = block.split(/\r?\n/).filter((line) => line.startsWith('data:'))
        if (lines.length) yield JSON.parse(lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n'))
      }
    }
  } catch (error) {
    if (error instanceof SyntaxError) throw error
    throw new BotError('the reply broke off', { cause: error })
  }
}
