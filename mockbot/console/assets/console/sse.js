// Reads event streams as WHATWG HTML 9.2.6 says, and keeps the text of each block.

export class Parser {
  constructor() {
    this.rest = ''
    this.first = true
    this.clear()
  }

  clear() {
    this.data = []
    this.event = ''
    this.lines = []
  }

  /** Yield each block that `text` completes: {data, event, raw}; `data` is null for a block without any. */
  *feed(text) {
    this.rest += text
    if (this.first && this.rest) {
      this.rest = this.rest.replace(/^\uFEFF/, '')
      this.first = false
    }
    const ends = /\r\n|\n|\r/g
    let start = 0
    for (let found = ends.exec(this.rest); found; found = ends.exec(this.rest)) {
      if (found[0] === '\r' && ends.lastIndex === this.rest.length) break // a line feed may follow
      const line = this.rest.slice(start, found.index)
      start = ends.lastIndex
      if (line) this.line(line)
      else if (this.lines.length) {
        yield this.block()
        this.clear()
      }
    }
    this.rest = this.rest.slice(start)
  }

  /** Return what is left at the end of the stream, or null; a client ignores it. */
  unfinished() {
    if (this.rest) this.lines.push(this.rest)
    return this.lines.length ? { ...this.block(), unfinished: true } : null
  }

  line(line) {
    this.lines.push(line)
    const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line)
    if (name === 'data') this.data.push(value)
    else if (name === 'event') this.event = value
  }

  block() {
    return { data: this.data.length ? this.data.join('\n') : null, event: this.event, raw: this.lines.join('\n') }
  }
}

/** Yield the events of a response's body as they arrive. */
export async function* events(body) {
  const parser = new Parser()
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      for (const block of parser.feed(value)) if (block.data !== null) yield block
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

/** Return a JSON value, or undefined if a text is none. */
export function parsed(text) {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
