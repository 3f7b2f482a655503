import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { settings } from './settings.ts'

const { port, origin, issuer, ordersApi } = settings

// Every file by name: nothing else of the disk can be asked for.
const FILES: Record<string, [file: string, type: string]> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/callback': ['index.html', 'text/html; charset=utf-8'],
  '/app.js': ['app.js', 'text/javascript; charset=utf-8'],
  '/oauth.js': ['oauth.js', 'text/javascript; charset=utf-8'],
}
// Tokens live in the page, so foreign scripts must not: scripts of our own only, and calls to two known places.
const POLICY = `default-src 'none'; script-src 'self'; connect-src 'self' ${new URL(issuer).origin} ${new URL(ordersApi).origin}; base-uri 'none'; frame-ancestors 'none'`

createServer(async (request, response) => {
  const [path = ''] = (request.url ?? '').split('?')
  // The code in the callback's address stays out of Referer headers.
  response.setHeader('referrer-policy', 'no-referrer').setHeader('content-security-policy', POLICY)
  if (path === '/settings.json')
    return response.setHeader('content-type', 'application/json').end(JSON.stringify(settings))
  const known = FILES[path]
  if (!known) return response.writeHead(404).end()
  const [file, type] = known
  return response
    .setHeader('content-type', type)
    .end(await readFile(new URL(`public/${file}`, import.meta.url)))
}).listen(port, '127.0.0.1', () => console.log(`Single-page app: ${origin}`))
