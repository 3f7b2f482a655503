import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAgent } from './browserless.ts'
import { parseHtml, select, textOf } from './html.ts'

const FORM = `<!doctype html><title>Form</title><body>
<form id="op" method="post" action="/answer"><input type="hidden" name="csrf" value="a&amp;b">
<input name="login" value=""><input type="checkbox" name="keep"><textarea name="note">one <b></textarea>
<select name="size"><option>small<option value="l" selected>large</select><button name="decision" value="no">No</button></form>
<button id="yes" form="op" name="decision" value="yes">Yes</button><p role="alert">Wrong <b>word</b></p>`

const answer = (request: IncomingMessage, response: ServerResponse) => {
  const url = new URL(request.url ?? '/', 'http://localhost')
  if (url.pathname === '/form') {
    response.setHeader('set-cookie', [
      'seen=1; Path=/; HttpOnly',
      'narrow=1; Path=/elsewhere',
      'gone=1; Max-Age=0',
    ])
    return response.setHeader('content-type', 'text/html; charset=utf-8').end(FORM)
  }
  if (url.pathname === '/answer') {
    const chunks: Buffer[] = []
    request.on('data', (chunk) => chunks.push(chunk))
    return request.on('end', () => {
      const got = `${Buffer.concat(chunks)} ${request.headers.origin} ${request.headers.cookie}`
      response.writeHead(303, { location: `/echo?${new URLSearchParams({ got })}` }).end()
    })
  }
  return response.end(`${request.method} ${url.searchParams.get('got')}`)
}

const server = createServer(answer)
let origin = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

it('submits the form of a button outside of it, with the values of the page and cookies, and follows the 303', async () => {
  const agent = createAgent()
  const page = await agent.get(`${origin}/form`)
  const echoed = await agent.submit(page, '#yes', { login: 'kim@example.com' })
  const fields = new URLSearchParams({
    csrf: 'a&b',
    login: 'kim@example.com',
    note: 'one <b>',
    size: 'l',
    decision: 'yes',
  })
  expect(echoed.html.startsWith('GET ')).toBe(true)
  const [sent = '', from, cookies] = echoed.html.slice(4).split(' ')
  expect(Object.fromEntries(new URLSearchParams(sent))).toEqual(Object.fromEntries(fields))
  expect([from, cookies]).toEqual([origin, 'seen=1'])
})

it('stops at a redirect that it was told to stop at', async () => {
  const agent = createAgent()
  const page = await agent.get(`${origin}/form`)
  const stopped = await agent.submit(page, '[value=no]', {}, { stopAt: `${origin}/echo` })
  expect(stopped.status).toBe(303)
  expect(stopped.location).toContain('decision%3Dno')
})

it('refuses a value for which the form has no field, and a button that is not there', async () => {
  const agent = createAgent()
  const page = await agent.get(`${origin}/form`)
  await expect(agent.submit(page, '#yes', { password: 'x' })).rejects.toThrow('no field password')
  await expect(agent.submit(page, '#submit-login')).rejects.toThrow('No #submit-login')
})

it('reads text and attributes of nested, unclosed and commented markup', () => {
  const root = parseHtml(
    '<p role=alert data-error="wrong">Wrong <b>word</b><!-- <i id=x> --><br>again</p><p>After',
  )
  expect(select(root, '[role=alert]').map(textOf)).toEqual(['Wrong wordagain'])
  expect(select(root, 'p[data-error=wrong]')).toHaveLength(1)
  expect(select(root, '#x')).toHaveLength(0)
  expect(select(root, 'p')).toHaveLength(2)
})
