import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { AuthorizationResponseError, ResponseBodyError } from 'openid-client'
import { type Attempt, gatehouse, type SignedIn } from './gatehouse.ts'
import { sessions } from './session.ts'
import { settings } from './settings.ts'

interface Session {
  attempt?: Attempt | undefined
  person?: SignedIn
}

const { port, origin, ordersApi } = settings
const provider = gatehouse(settings)
const session = sessions<Session>(() => ({}))

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
const show = (response: ServerResponse, status: number, body: string) => {
  response.setHeader('content-security-policy', "default-src 'none'; base-uri 'none'; frame-ancestors 'none'")
  response.setHeader('cache-control', 'no-store')
  const page = `<!doctype html><html lang="en"><title>Demo web app</title><h1>Demo web app</h1>${body}</html>`
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(page)
}
const redirect = (response: ServerResponse, location: string) => response.writeHead(303, { location }).end()
const SIGN_IN = '<p><a id="sign-in" href="/login">Sign in with Gatehouse</a></p>'

const home = (request: IncomingMessage, response: ServerResponse) => {
  const person = session.find(request)?.person
  if (!person) return show(response, 200, `<p id="who">Nobody is signed in.</p>${SIGN_IN}`)
  const who = `<p>Signed in as <strong id="who">${escapeHtml(person.name)}</strong> (${escapeHtml(person.sub)}).</p>`
  const out = '<form method="post" action="/logout"><button id="sign-out">Sign out</button></form>'
  return show(response, 200, `${who}<p><a id="to-orders" href="/orders">Orders</a></p>${out}`)
}

const login = async (request: IncomingMessage, response: ServerResponse) => {
  const { url, attempt } = await provider.leave()
  const current = session.find(request) ?? session.renew(request, response)
  current.attempt = attempt
  return redirect(response, url)
}

const callback = async (request: IncomingMessage, response: ServerResponse) => {
  const current = session.find(request)
  const attempt = current?.attempt
  if (!current || !attempt)
    return show(response, 400, `<p role="alert">This sign-in was not started here.</p>${SIGN_IN}`)
  current.attempt = undefined // One attempt, one answer.
  try {
    const person = await provider.arrive(new URL(request.url ?? '', origin), attempt)
    session.renew(request, response).person = person
    return redirect(response, '/')
  } catch (error) {
    const reason =
      error instanceof AuthorizationResponseError ? error.error : 'the answer did not fit the question'
    return show(response, 400, `<p role="alert">Nobody was signed in: ${escapeHtml(reason)}.</p>${SIGN_IN}`)
  }
}

const orders = async (request: IncomingMessage, response: ServerResponse) => {
  const person = session.find(request)?.person
  if (!person) return redirect(response, '/')
  const token = await provider.accessToken(person).catch((error: unknown) => {
    // The grant is over (revoked, expired, signed out elsewhere): start again. Other faults are not the person's.
    if (error instanceof ResponseBodyError && error.error === 'invalid_grant') return undefined
    throw error
  })
  if (!token) {
    session.end(request, response)
    return redirect(response, '/')
  }
  const answer = await fetch(ordersApi, { headers: { authorization: `Bearer ${token}` } })
  return show(
    response,
    200,
    `<p>The API answered ${answer.status}:</p><pre id="orders">${escapeHtml(await answer.text())}</pre>`,
  )
}

const logout = async (request: IncomingMessage, response: ServerResponse) => {
  if (request.headers.origin !== origin)
    return show(response, 403, '<p role="alert">Sign out from the page itself.</p>')
  const person = session.find(request)?.person
  session.end(request, response)
  return redirect(response, person ? await provider.goodbye(person) : '/')
}

const routes: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
  'GET /': home,
  'GET /login': login,
  'GET /callback': callback,
  'GET /orders': orders,
  'POST /logout': logout,
}

createServer(async (request, response) => {
  const [path] = (request.url ?? '').split('?')
  const work = routes[`${request.method} ${path}`]
  try {
    await (work ? work(request, response) : show(response, 404, '<p>There is nothing here.</p>'))
  } catch (error) {
    console.error(error)
    show(response, 502, '<p role="alert">Gatehouse or the API does not answer. Try again in a minute.</p>')
  }
}).listen(port, '127.0.0.1', () => console.log(`Web app: ${origin}`))
