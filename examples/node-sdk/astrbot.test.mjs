// The SDK against a running mockbot (MOCKBOT_URL); each test has its own world, and all run in parallel.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AstrBot, BotError } from './astrbot.mjs'
import { withWorld } from './world.mjs'

const CHAT = 'POST /api/v1/chat'

/** Runs a test with the SDK for a world; it waits on the world's clock. */
const it = (name, use, settings) =>
  test(name, (t) =>
    withWorld(t, (world) => use(new AstrBot(world.baseUrl, world.key, world.advance), world), settings))

/** Returns the pieces of a reply. */
async function all(reply) {
  const pieces = []
  for await (const piece of reply) pieces.push(piece)
  return pieces
}

describe('AstrBot', { concurrency: true }, () => {
  it('gets a reply piece by piece', async (bot, world) => {
    await world.addScripts({ when: { message: 'the weather?' }, run: [{ say: ['It is ', 'sunny.'] }] })
    assert.deepEqual(await all(bot.chat('ada', 'the weather?')), ['It is ', 'sunny.'])
    await world.verify({ operation: CHAT, where: { '/message': 'the weather?' }, count: 1 })
  })

  it('reads a reply to its end', async (bot) => {
    assert.match((await all(bot.chat('ada', 'hello'))).join(''), /^Hello ada!/)
  }, { clock: 'running', pace: 100 })

  for (const fault of ['truncate', 'cut']) {
    it(`reports that a reply broke off (${fault})`, async (bot, world) => {
      await world.arm({ name: fault, after: 3 })
      await assert.rejects(all(bot.chat('ada', 'hello')), /broke off/)
      await world.verify({ operation: CHAT, count: 1 })
    })
  }

  it('waits for `Retry-After` if the bot is busy', async (bot, world) => {
    await world.arm({ name: 'status', status: 429, retry_after: 7 }, { times: 2 })
    assert.deepEqual(await bot.sessions('ada'), [])
  })

  it('gives up if the bot remains busy', async (bot, world) => {
    await world.arm({ name: 'status', status: 503, retry_after: 1 }, { times: 10 })
    await assert.rejects(bot.sessions('ada'), BotError)
  })

  it('turns a chat into a session', async (bot) => {
    await all(bot.chat('ada', 'hello', 'first'))
    assert.deepEqual((await bot.sessions('ada')).map((session) => session.session_id), ['first'])
  })

  it('turns a file into an attachment', async (bot, world) => {
    const id = await bot.upload('notes.txt', 'milk, eggs')
    assert.ok((await world.snapshot()).attachments.some((attachment) => attachment.id === id))
  })

  for (let n = 0; n < 20; n++) {
    it(`sees nothing of the other worlds (${n})`, async (bot, world) => {
      await all(bot.chat('ada', `hello ${n}`, `session-${n}`))
      assert.deepEqual((await bot.sessions('ada')).map((session) => session.session_id), [`session-${n}`])
      await world.verify({ operation: CHAT, count: 1 })
    })
  }
})
