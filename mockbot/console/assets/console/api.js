// The control API, and the API of the world that is shown.
import { state } from './store.js'

const TOKEN = 'mockbot.control-token'

/** The control API refused a request, or could not be reached; `status` is 0 then. */
export class Problem extends Error {
  constructor(message, status) {
    super(message)
    this.status = status
  }
}

export const token = {
  get: () => sessionStorage.getItem(TOKEN) ?? '',
  set: (value) => sessionStorage.setItem(TOKEN, value),
}

/** Send a request to the control API and return the response; raise Problem unless it succeeds. */
export async function ask(method, path, body, signal) {
  const headers = {}
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  let response
  try {
    response = await fetch(`/__mockbot__${path}`, {
      method,
      headers,
      signal,
      body: body === undefined ? undefined : JSON.stringify(body),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Problem('The server does not answer', 0)
  }
  if (!response.ok) throw new Problem(await reason(response), response.status)
  return response
}

/** Return the JSON of a response of the control API; null if it has no body. */
export async function control(method, path, body) {
  const response = await ask(method, path, body)
  return response.status === 204 ? null : await response.json()
}

/** Return the path of something in the world that is shown. */
export const inWorld = (path = '') => `/worlds/${encodeURIComponent(state.world)}${path}`

async function reason(response) {
  const text = await response.text()
  try {
    return JSON.parse(text).detail ?? text
  } catch {
    return text || `status ${response.status}`
  }
}

/** Return the headers with the key of the world, for requests to its API. */
export const keyHeaders = () => (state.about?.key ? { 'X-API-Key': state.about.key } : {})

/** Return the URL of a path of the world's API. */
export const url = (path) => `${location.origin}${state.about?.base_path ?? ''}${path}`
