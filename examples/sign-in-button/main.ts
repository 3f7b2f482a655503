import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type Account, accounts } from './accounts.ts'
import { type Attempt, gatehouse } from './gatehouse.ts'
import { entrance, home } from './pages.ts'
import { sessions } from './session.ts'
import { settings } from './settings.ts'

interface Session {
  attempt?: Attempt | undefined
  account?: Account
}

const { port, origin } = settings
const provider = gatehouse(settings)
const people = accounts()
const session = sessions<Session>(() => ({}))

const show = (response: ServerResponse, status: number, page: string) =>
  response
    .setHeader('content-security-policy', "default-src 'none'; base-uri 'none'; frame-ancestors 'none'")
    .writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
    .end(page)
const redirect = (response: ServerResponse, location: string) => response.writeHead(303, { location }).end()

/** Answers with the page of whoever asks, and a word about what went wrong. */
const answer = (request: IncomingMessage, response: ServerResponse, status: number, alert = '') => {
  const account = session.find(request)?.account
  return show(response, status, account ? home(account, people.isLinked(account), alert) : entrance(alert))
}
const signInAs = (request: IncomingMessage, response: ServerResponse, account: Account) => {
  session.renew(request, response).account = account
  return redirect(response, '/')
}

const withPassword =
  (check: (email: string, password: string) => Account | undefined, alert: string) =>
  async (request: IncomingMessage, response: ServerResponse) => {
    if (!(Number(request.headers['content-length']) < 2048))
      return answer(request, response, 413, 'That is too long.')
    const fields = new URLSearchParams(await text(request))
    const account = check(fields.get('email') ?? '', fields.get('password') ?? '')
    return account ? signInAs(request, response, account) : answer(request, response, 422, alert)
  }

const leave = async (request: IncomingMessage, response: ServerResponse, linkTo: Account | undefined) => {
  const { url, attempt } = await provider.leave(linkTo)
  const current = session.find(request) ?? session.renew(request, response)
  current.attempt = attempt
  return redirect(response, url)
}

const link = (request: IncomingMessage, response: ServerResponse) => {
  const account = session.find(request)?.account
  return account ? leave(request, response, account) : answer(request, response, 403, 'Sign in here first.')
}

const callback = async (request: IncomingMessage, response: ServerResponse) => {
  const current = session.find(request)
  const attempt = current?.attempt
  if (!current || !attempt) return answer(request, response, 400, 'This sign-in was not started here.')
  current.attempt = undefined // One attempt, one answer.
  const identity = await provider.arrive(new URL(request.url ?? '', origin), attempt).catch(() => undefined)
  if (!identity) return answer(request, response, 400, 'Gatehouse did not sign you in.')
  if (attempt.linkTo) {
    // Signing in or out renews the session and drops its attempt: this is still the account that asked.
    const linking = people.link(attempt.linkTo, identity)
    if (linking.kind === 'linked') return redirect(response, '/')
    return answer(request, response, 409, 'This Gatehouse account belongs to another account here.')
  }
  const arrival = people.arrive(identity)
  if (arrival.kind === 'signed-in') return signInAs(request, response, arrival.account)
  const alert = `${arrival.email} already has an account here. Sign in to it below, then connect Gatehouse.`
  return answer(request, response, 409, alert)
}

const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
  'GET /': (request, response) => answer(request, response, 200),
  'GET /callback': callback,
  'POST /register': withPassword(people.register, 'This address cannot be used.'),
  'POST /login': withPassword(people.signIn, 'Wrong e-mail address or password.'),
  'POST /gatehouse': (request, response) => leave(request, response, undefined),
  'POST /link': link,
  'POST /logout': (request, response) => {
    session.end(request, response)
    return redirect(response, '/')
  },
}

createServer(async (request, response) => {
  const [path] = (request.url ?? '').split('?')
  const work = routes[`${request.method} ${path}`]
  // Forms of other sites must not act here in the person's name (CSRF).
  const isForeign = request.method === 'POST' && request.headers.origin !== origin
  try {
    if (isForeign) return answer(request, response, 403, 'This form came from another site.')
    return await (work ? work(request, response) : answer(request, response, 404, 'There is nothing here.'))
  } catch (error) {
    console.error(error)
    return answer(request, response, 502, 'Gatehouse does not answer. Try again in a minute.')
  }
}).listen(port, '127.0.0.1', () => console.log(`Lantern shop: ${origin}`))
