// Readers of a chat with one bug each: `planted.mjs NAME`; `planted.mjs --list` prints the names.
// Each is the right reader of correct.mjs with one part replaced. What the bug is says the table in table.py.

import { Cut, Reader, Wrong } from './correct.mjs'

const HAMMERING = 8

/** A reader takes the reply for complete. */
class Finished extends Error {}

/** A reader that can take a reply for complete before it has ended. */
class Trusting extends Reader {
  async work() {
    await super.work().catch((error) => {
      if (!(error instanceof Finished)) throw error
    })
  }
}

/** A reader that looks into the events. */
class Json extends Reader {
  value(data) {
    const value = super.value(data)
    if (value !== null && typeof value === 'object') this.look(value)
    return value
  }
}

/** Ends the process as a crash of native code does, but without a core file. */
const die = () => process.kill(process.pid, 'SIGKILL')

const PLANTED = {
  'chunk-decode': class extends Reader {
    decoded(_, piece) {
      return new TextDecoder().decode(piece)
    }
  },

  'only-lf': class extends Reader {
    lineEnd = /\n/
  },

  'no-cr': class extends Reader {
    *lines(text) {
      const whole = (this.cr ?? '') + text
      this.cr = whole.endsWith('\r') ? '\r' : ''
      yield* super.lines(this.cr ? whole.slice(0, -1) : whole)
    }

    lineEnd = /\r\n|\n/
  },

  'lf-after-cr': class extends Reader {
    *lines(text) {
      if (this.afterCr && text.startsWith('\n')) this.held.push('\n')
      yield* super.lines(text)
    }
  },

  'keeps-bom': class extends Reader {
    decoding = { ignoreBOM: true }
  },

  'comment-events': class extends Reader {
    take(line) {
      if (line === '' && this.commented && !this.data.length) this.data = ['']
      this.commented = line.startsWith(':')
      return super.take(line)
    }
  },

  'empty-data': class extends Reader {
    value(data) {
      return JSON.parse(data)
    }
  },

  'metadata-events': class extends Reader {
    field(name, value) {
      super.field(name, value)
      this.touched = true
    }

    dispatch() {
      if (this.touched && !this.data.length) this.data = ['']
      this.touched = false
      return super.dispatch()
    }
  },

  'joined-lines': class extends Reader {
    dispatch() {
      if (this.data.length > 1) this.data = [this.data.join('')]
      return super.dispatch()
    }
  },

  'space-required': class extends Reader {
    take(line) {
      return /^[^:]+:(?! )/.test(line) ? null : super.take(line)
    }
  },

  trimmed: class extends Reader {
    field(name, value) {
      super.field(name, value.trim())
    }
  },

  'colon-required': class extends Reader {
    take(line) {
      return line && !line.includes(':') ? null : super.take(line)
    }
  },

  'line-separator': class extends Reader {
    lineEnd = /\r\n|[\n\r\u2028\u2029]/
  },

  lookalike: class extends Reader {
    take(line) {
      return super.take(line.startsWith('data: ') ? `data: ${line.split('data: ').pop()}` : line)
    }
  },

  'buffer-limit': class extends Reader {
    take(line) {
      if (line.length > 1024 * 1024) throw new Wrong('the buffer is full')
      return super.take(line)
    }
  },

  'chunk-is-event': class extends Reader {
    *lines(text) {
      yield* text.split(/\r\n|\n|\r/)
      yield ''
    }
  },

  'exact-media-type': class extends Reader {
    mediaType(response) {
      return response.headers['content-type']
    }
  },

  'no-end': class extends Reader {
    finish() {
      this.ended = true
      super.finish()
    }
  },

  'waits-for-close': class extends Reader {
    patience() {
      return this.ended ? Infinity : this.silence
    }
  },

  'error-throws': class extends Json {
    look(value) {
      if (value.type === 'error') throw new Wrong(value.error.message)
    }
  },

  'sends-again': class extends Reader {
    async *events(response) {
      try {
        yield* super.events(response)
      } catch (error) {
        if (!(error instanceof Cut)) throw error
        this.held = []
        this.data = []
        yield* super.events(await this.answer())
      }
    }
  },

  'reconnects-empty': class extends Reader {
    async *events(response) {
      let seen = false
      for (let count = 0; count < HAMMERING && !seen; count++) {
        for await (const event of super.events(response)) {
          seen = true
          yield event
        }
        if (!seen) response = await this.answer()
      }
    }
  },

  'half-an-event': class extends Reader {
    patience() {
      return this.held.join('') ? Infinity : super.patience()
    }
  },

  'cut-is-end': class extends Trusting {
    failed(error) {
      return error.message === 'aborted' ? new Finished() : super.failed(error)
    }
  },

  'fetch-close': class extends Trusting {
    async *content(response) {
      const closes = response.headers.connection === 'close'
      try {
        yield* super.content(response)
      } catch (error) {
        throw closes && error instanceof Cut ? new Finished() : error
      }
    }
  },

  'no-timeout': class extends Reader {
    silence = Infinity

    patience() {
      return this.ended ? this.grace : this.deadline / 2
    }
  },

  'no-gzip': class extends Reader {
    content(response) {
      return this.body(response)
    }
  },

  'body-is-reply': class extends Trusting {
    async check(response) {
      if (response.statusCode === 200 && this.mediaType(response) === 'application/json') throw new Finished()
      return super.check(response)
    }
  },

  doubles: class extends Reader {
    report(event) {
      try {
        process.stdout.write(JSON.stringify(JSON.parse(event.data)) + '\n')
      } catch {
        super.report(event)
      }
    }
  },

  'null-dies': class extends Json {
    look(value) {
      if (value.type === 'plain' && value.data === null) die()
    }
  },

  'data-required': class extends Json {
    look(value) {
      value.data === undefined && value.data.length
    }
  },
}

const [name] = process.argv.slice(2)
if (name === '--list') console.log(Object.keys(PLANTED).join('\n'))
else process.exitCode = await new PLANTED[name](process.env).run()
