import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decisions, NoDecision } from '../../examples/orders-service/decisions.ts'
import { settings } from '../../examples/orders-service/settings.ts'
import { type Example, startExample } from '../support/example.ts'
import { freePort } from '../support/free-port.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const folder = new URL('../../examples/orders-service/', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8')

const blocks = [...read('README.md').matchAll(/^```(bash|json)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', text = '']) => ({ language, text }),
)
const [functions, ...examples] = blocks
const pairs = examples.flatMap(({ language, text }, at) =>
  language === 'bash' ? [[text, examples[at + 1]?.text ?? ''] as const] : [],
)

const execute = promisify(execFile)
let server: RunningServer
let service: Example
/** A text of the example, at home on the ports of this test. */
let here: (text: string) => string
let resource: string

beforeAll(async () => {
  const [port, servicePort] = [await freePort(), await freePort()]
  resource = `http://localhost:${servicePort}/orders`
  here = (text) =>
    text
      .replaceAll('http://localhost:3000', server.issuer)
      .replaceAll('http://localhost:4004/orders', resource)
  const seed = read('seed.json').replaceAll('http://localhost:4004/orders', resource)
  const env = { DEFAULT_RESOURCE: resource, ARGON2_MEMORY: '128', ARGON2_TIME: '1' }
  server = await startServer({ port, env, seed: JSON.parse(seed) })
  service = await startExample('orders-service', { PORT: String(servicePort), ISSUER: server.issuer })
})
afterAll(async () => {
  await service?.stop()
  await server?.stop()
})

const linesOf = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

describe('examples/orders-service/README.md', () => {
  it('has an answer to each call', () => {
    expect(functions?.language).toBe('bash')
    expect(pairs).toHaveLength(4)
  })

  it.each(pairs)('%s', async (call, answers) => {
    const { stdout } = await execute('bash', ['-euc', here(`${functions?.text}\n${call}`)])
    expect(linesOf(stdout)).toEqual(linesOf(answers))
  })
})

describe('the orders service', () => {
  it('asks for a token, and takes none of another kind', async () => {
    const none = await fetch(resource)
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    const bad = await fetch(resource, { headers: { authorization: 'Bearer none' } })
    expect([bad.status, bad.headers.get('www-authenticate')]).toEqual([401, 'Bearer error="invalid_token"'])
  })

  it('gets no decision, and allows nothing, where it may not ask or nobody answers', async () => {
    const order = { id: '1001', owner: 'kim', item: 'Brass lantern', archived: false }
    const at = { ...settings, issuer: server.issuer }
    expect(await decisions(at).may('kim', 'orders:edit', order)).toBe(true)
    for (const failing of [
      { ...at, clientSecret: 'not the secret of the orders service' },
      { ...at, issuer: `http://localhost:${await freePort()}` },
    ])
      await expect(decisions(failing).may('kim', 'orders:edit', order)).rejects.toThrow(NoDecision)
  })

  it('answers 503 while there is no decision', async () => {
    const port = await freePort()
    const env = { PORT: String(port), ISSUER: server.issuer, RESOURCE: resource, CLIENT_SECRET: 'wrong' }
    const lonely = await startExample('orders-service', env)
    const { stdout } = await execute('bash', ['-euc', here(`${functions?.text}\ntoken kim`)])
    const answer = await fetch(`http://localhost:${port}/orders/1001`, {
      headers: { authorization: `Bearer ${stdout.trim()}` },
    })
    await lonely.stop()
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
  })
})
