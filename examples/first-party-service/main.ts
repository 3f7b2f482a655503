import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type Answer, authClient, type Person } from './auth-client.ts'
import { type Fields, readFields } from './fields.ts'
import { sessions } from './sessions.ts'
import { settings } from './settings.ts'
import { type SignedIn, SignedOut, signedIn, Unavailable } from './signed-in.ts'

/** Signed in, or asked for a second factor. */
type Session = { kind: 'in'; who: SignedIn } | { kind: 'asked'; challenge: string }

const { port, origin, issuer, ordersApi } = settings
const auth = authClient(issuer)
const session = sessions<Session>({ secure: origin.startsWith('https:') })

interface Call {
  request: IncomingMessage
  response: ServerResponse
  person: Person
}

const answer = ({ response }: Call, status: number, body?: unknown) =>
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(body === undefined ? '' : JSON.stringify(body))

/** Tells a problem of Gatehouse onward: what is wrong, and when to try again. */
const refuse = (call: Call, { problem, retryAfter }: Extract<Answer<'register'>, { kind: 'problem' }>) => {
  if (retryAfter !== undefined) call.response.setHeader('retry-after', String(retryAfter))
  return answer(call, problem.status, { error: problem.code, errors: problem.errors ?? [] })
}

const join = async (call: Call, { email = '', password = '', name = '' }: Fields) => {
  const body = { email, password, ...(name === '' ? {} : { name }) }
  const registered = await auth('register', { body, person: call.person })
  if (registered.kind === 'problem') return refuse(call, registered)
  // 202: Gatehouse has sent a letter, and the person goes on from there.
  return answer(call, registered.status, { email })
}

const enter = (call: Call, tokens: Extract<Answer<'login'>, { kind: 'ok' }>['body']) => {
  session.start(call.request, call.response, { kind: 'in', who: signedIn(auth, tokens, call.person) })
  return answer(call, 200, { signed_in: true })
}

const signIn = async (call: Call, { email = '', password = '' }: Fields) => {
  const result = await auth('login', { body: { email, password }, person: call.person })
  if (result.kind === 'ok') return enter(call, result.body)
  const { problem, retryAfter } = result
  if (problem.code === 'mfa_required') {
    session.start(call.request, call.response, { kind: 'asked', challenge: problem.challenge })
    return answer(call, 401, { error: 'mfa_required', methods: problem.methods })
  }
  if (problem.code === 'mfa_enrolment_required') {
    return answer(call, 403, { error: problem.code, enrolment_uri: problem.enrolment_uri })
  }
  if (retryAfter !== undefined) call.response.setHeader('retry-after', String(retryAfter))
  return answer(call, problem.status, { error: problem.code })
}

const signInByCode = async (call: Call, { code = '' }: Fields) => {
  const asked = session.find(call.request)
  if (asked?.kind !== 'asked') return answer(call, 401, { error: 'sign_in_first' })
  const result = await auth('loginMfa', { body: { challenge: asked.challenge, code }, person: call.person })
  if (result.kind === 'ok') return enter(call, result.body)
  const { problem, retryAfter } = result
  if (problem.code === 'invalid_challenge') session.end(call.request, call.response)
  if (retryAfter !== undefined) call.response.setHeader('retry-after', String(retryAfter))
  return answer(call, problem.status, { error: problem.code })
}

const orders = async (call: Call) => {
  const current = session.find(call.request)
  if (current?.kind !== 'in') return answer(call, 401, { error: 'sign_in_first' })
  const api = await current.who.fetch(ordersApi)
  return answer(call, api.status, JSON.parse(await api.text()))
}

const signOut = async (call: Call) => {
  const current = session.find(call.request)
  session.end(call.request, call.response)
  if (current?.kind === 'in') await current.who.signOut()
  return answer(call, 204)
}

const routes: Record<string, (call: Call, fields: Fields) => unknown> = {
  'POST /join': join,
  'POST /sign-in': signIn,
  'POST /sign-in/code': signInByCode,
  'GET /orders': orders,
  'POST /sign-out': signOut,
}

const failed = (call: Call, error: unknown) => {
  if (error instanceof SignedOut) {
    session.end(call.request, call.response)
    return answer(call, 401, { error: 'sign_in_first' })
  }
  console.error(error)
  const retryAfter = error instanceof Unavailable ? error.retryAfter : 5
  call.response.setHeader('retry-after', String(retryAfter))
  return answer(call, 503, { error: 'temporarily_unavailable' })
}

createServer(async (request, response) => {
  const person = {
    address: request.socket.remoteAddress ?? '',
    userAgent: request.headers['user-agent'] ?? '',
  }
  const call = { request, response, person }
  const work = routes[`${request.method} ${request.url}`]
  try {
    const fields = request.method === 'POST' ? await readFields(request) : {}
    if (!work) answer(call, 404, { error: 'not_found' })
    else if (!fields) answer(call, 400, { error: 'json_wanted' })
    else await work(call, fields)
  } catch (error) {
    failed(call, error)
  }
}).listen(port, '127.0.0.1', () => console.log(`First-party service: ${origin}`))
