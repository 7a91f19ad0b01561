// Reads one chat and prints its events as WHATWG HTML 9.2.5 and 9.2.6 define them. Exit status 0: it is complete.
// node:http shows a cut connection, which fetch hides if the server has sent `Connection: close`.

import http from 'node:http'
import { pathToFileURL } from 'node:url'
import zlib from 'node:zlib'

const REDIRECTS = 5

/** The response is not what was asked for. */
export class Wrong extends Error {}

/** The connection ended before the response, or is not HTTP. */
export class Cut extends Wrong {}

/** Nothing has come for a long time. */
export class Silence extends Wrong {}

/** One chat; the methods are in the order in which they are used. */
export class Reader {
  lineEnd = /\r\n|\n|\r/
  decoding = { fatal: false, ignoreBOM: false }
  ended = false
  unreadable = false
  held = []
  afterCr = false
  data = []
  type = ''
  id = ''

  constructor(environment) {
    this.url = new URL(`${environment.MOCKBOT_URL.replace(/\/$/, '')}/api/v1/chat`)
    this.key = environment.MOCKBOT_KEY
    this.message = environment.MOCKBOT_MESSAGE
    this.deadline = Number(environment.MOCKBOT_DEADLINE)
    this.silence = this.deadline / 2
    this.grace = Math.min(1, this.deadline / 4)
    this.agent = new http.Agent({ keepAlive: true })
  }

  /** Reads the chat and returns the exit status. */
  async run() {
    try {
      await this.work()
      return 0
    } catch (error) {
      process.stderr.write(`${error.constructor.name}: ${error.message}\n`)
      return 1
    } finally {
      this.agent.destroy()
    }
  }

  /** Sends the message and reports the events until the response ends, or a moment after `end`. */
  async work() {
    const response = await this.answer()
    await this.check(response)
    try {
      for await (const event of this.events(response)) {
        this.report(event)
        if (this.ends(event)) this.ended = true
      }
    } catch (error) {
      if (!(error instanceof Silence && this.ended)) throw error
    }
    this.finish()
  }

  /** Sends the message, and again where a redirect asks for the same request on the same host. */
  async answer() {
    let url = this.url
    for (let count = 0; count < REDIRECTS; count++) {
      const response = await this.exchange(url)
      const place = this.redirect(response)
      if (!place) return response
      url = place
    }
    throw new Wrong('too many redirects')
  }

  /** Sends the request and returns the response, whose body has not been read yet. */
  exchange(url) {
    const body = JSON.stringify({ message: this.message, username: 'fuzz' })
    const headers = { 'X-API-Key': this.key, 'Content-Type': 'application/json', 'Accept-Encoding': 'gzip' }
    return new Promise((resolve, reject) => {
      const request = http.request(url, { method: 'POST', agent: this.agent, headers })
      const timer = this.after(this.silence, () => reject(new Silence('there is no response')))
      request.on('response', (response) => {
        clearTimeout(timer)
        resolve(response)
      })
      request.on('error', (error) => reject(new Cut(error.message)))
      request.end(body) // which also sets Content-Length
    })
  }

  after(seconds, act) {
    return Number.isFinite(seconds) ? setTimeout(act, seconds * 1000) : setInterval(() => {}, 1000)
  }

  /** Returns where the same request must be sent, or null. */
  redirect(response) {
    if (response.statusCode !== 307 && response.statusCode !== 308) return null
    const place = new URL(response.headers.location ?? '//', this.url)
    if (place.origin !== this.url.origin) throw new Wrong(`a redirect to ${place}`)
    return place
  }

  /** Throws Wrong if it is not a stream. */
  async check(response) {
    if (response.statusCode !== 200) throw new Wrong(`status ${response.statusCode}`)
    if (this.mediaType(response) !== 'text/event-stream') throw new Wrong(`not a stream: ${this.mediaType(response)}`)
  }

  /** Returns the media type without parameters, in lower case. */
  mediaType(response) {
    return (response.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase()
  }

  /** Yields the events of the body. */
  async *events(response) {
    const decoder = new TextDecoder('utf-8', this.decoding)
    for await (const piece of this.content(response)) {
      for (const line of this.lines(this.decoded(decoder, piece))) {
        const event = this.take(line)
        if (event) yield event
      }
    }
  }

  /** Yields the pieces of the body, without their Content-Encoding. */
  content(response) {
    const encoding = response.headers['content-encoding'] ?? 'identity'
    if (encoding === 'identity') return this.body(response)
    if (encoding !== 'gzip') throw new Wrong(`Content-Encoding ${encoding}`)
    const unpacker = zlib.createGunzip()
    response.on('error', (error) => unpacker.destroy(error))
    return this.body(response.pipe(unpacker))
  }

  /** Yields the pieces of a stream as they come: a chunk is a piece. */
  async *body(stream) {
    const pieces = []
    let failure = null
    let over = false
    let wake = () => {}
    stream.on('data', (piece) => wake(pieces.push(piece)))
    stream.on('end', () => wake((over = true)))
    stream.on('error', (error) => wake((failure = this.failed(error))))
    while (true) {
      if (pieces.length) yield pieces.shift()
      else if (failure) throw failure
      else if (over) return
      else {
        const seconds = this.patience()
        let timer
        await new Promise((resolve, reject) => {
          wake = resolve
          timer = this.after(seconds, () => reject(new Silence('the response does not go on')))
        }).finally(() => clearTimeout(timer))
      }
    }
  }

  /** Returns the error to throw when the body cannot be read. */
  failed(error) {
    return new Cut(error.message)
  }

  /** Returns for how many seconds to wait for the next piece. */
  patience() {
    return this.ended ? this.grace : this.silence
  }

  /** Decodes a piece; a character may begin in one and end in the next. */
  decoded(decoder, piece) {
    return decoder.decode(piece, { stream: true })
  }

  /** Yields complete lines; CR LF is one line end also if it arrives in two pieces. */
  *lines(text) {
    if (!text) return
    const lines = (this.afterCr && text.startsWith('\n') ? text.slice(1) : text).split(this.lineEnd)
    this.afterCr = text.endsWith('\r')
    const rest = lines.pop()
    for (const line of lines) {
      const whole = this.held.join('') + line
      this.held = []
      yield whole
    }
    this.held.push(rest)
  }

  /** Reads one line, and returns the event that it completes. */
  take(line) {
    if (line === '') return this.dispatch()
    if (line.startsWith(':')) return null
    const colon = line.indexOf(':')
    if (colon < 0) this.field(line, '')
    else this.field(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''))
    return null
  }

  /** Reads one field; others than these are ignored, and `retry` has no use here. */
  field(name, value) {
    if (name === 'data') this.data.push(value)
    else if (name === 'event') this.type = value
    else if (name === 'id' && !value.includes('\0')) this.id = value
  }

  /** Returns the event at a blank line; without data there is none. */
  dispatch() {
    const { data, type, id } = this
    this.data = []
    this.type = ''
    return data.length ? { data: data.join('\n'), event: type || 'message', id } : null
  }

  /** Prints an event. */
  report(event) {
    process.stdout.write(JSON.stringify(event) + '\n')
  }

  /** Returns whether the event ends the reply. */
  ends(event) {
    return this.value(event.data)?.type === 'end'
  }

  /** Returns the JSON in the data of an event, and remembers whether it is none. */
  value(data) {
    try {
      return data ? JSON.parse(data) : null
    } catch {
      this.unreadable = true
      return null
    }
  }

  /** Throws Wrong if the reply is not complete. */
  finish() {
    if (!this.ended) throw new Wrong('the stream ended without the event that ends the reply')
    if (this.unreadable) throw new Wrong('an event is not JSON')
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await new Reader(process.env).run()
