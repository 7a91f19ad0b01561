// A small client of AstrBot's Open API for Node 18 and newer: chat, sessions, files. Needs no packages.
//
//   const bot = new AstrBot('http://127.0.0.1:6185', 'abk_...')
//   for await (const text of bot.chat('ada', 'hello')) process.stdout.write(text)

const ATTEMPTS = 3

/** AstrBot refused the request, or its response was incomplete. */
export class BotError extends Error {}

export class AstrBot {
  /** `sleep(seconds)` waits before a retry. */
  constructor(baseUrl, key, sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000))) {
    Object.assign(this, { baseUrl, key, sleep })
  }

  /** Yields the reply piece by piece. Throws BotError if it ends too early. */
  async *chat(username, message, sessionId) {
    const body = JSON.stringify({ username, message, session_id: sessionId, enable_streaming: true })
    const response = await this.#send('POST', 'chat', body, { 'Content-Type': 'application/json' })
    for await (const event of events(response.body)) {
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

  /** Returns a page of a user's chat sessions, latest first. */
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

  /** Sends a request, and again after `Retry-After` if AstrBot is busy. */
  async #send(method, path, body, headers = {}) {
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(`${this.baseUrl}/api/v1/${path}`, {
        method, body, headers: { 'X-API-Key': this.key, ...headers },
      })
      if (response.status === 200) return response
      const reason = await response.text()
      const wait = response.headers.get('Retry-After')
      if (![429, 503].includes(response.status) || wait === null || attempt === ATTEMPTS) {
        throw new BotError(`${response.status}: ${reason}`)
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
