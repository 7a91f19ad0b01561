// A world of a running mockbot for each test, over its control API.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'

const URL = process.env.MOCKBOT_URL ?? 'http://127.0.0.1:6185'
const TOKEN = process.env.MOCKBOT_CONTROL_TOKEN

/** Calls the control API and returns the JSON of the response; throws an error with its text. */
async function control(method, path, body) {
  const response = await fetch(`${URL}/__mockbot__/${path}`, {
    method,
    headers: { ...(body && { 'Content-Type': 'application/json' }), ...(TOKEN && { Authorization: `Bearer ${TOKEN}` }) },
    body: body && JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${text}`)
  return text ? JSON.parse(text) : undefined
}

/** Makes a world for the test `t`, runs `use` with it, and fails the test if the verdict has findings. */
export async function withWorld(t, use, settings = {}) {
  const name = `node-${randomUUID()}`
  const at = (path) => `worlds/${name}${path}`
  const made = await control('PUT', at(''), { seed: t.name, pace: 0, clock: 'frozen', ...settings })
  try {
    await use({
      baseUrl: URL + made.base_path,
      key: made.key,
      addScripts: (...scripts) => control('POST', at('/scripts'), scripts),
      arm: (fault, options = {}) => control('POST', at('/faults'), { fault, ...options }),
      advance: (seconds) => control('POST', at('/clock/advance'), { seconds }),
      snapshot: () => control('GET', at('/snapshot')),
      async verify(query) {
        const found = await control('POST', at('/verify'), query)
        assert.ok(found.ok, found.message)
      },
    })
    const verdict = await settledVerdict(at)
    const findings = verdict.findings.filter((finding) => finding.severity !== 'note')
    assert.equal(findings.map(({ name, sentence }) => `${name}: ${sentence}`).join('\n'), '')
  } finally {
    await control('DELETE', at(''))
  }
}

/** Returns the verdict once no exchange is open; the server notices a disconnect a moment later. */
async function settledVerdict(at) {
  for (let tries = 0; tries < 100; tries++) {
    const { entries } = await control('GET', at('/journal?limit=1000'))
    if (entries.every((entry) => entry.ended !== 'open')) break
    await new Promise((done) => setTimeout(done, 10))
  }
  return control('GET', at('/verdict'))
}
