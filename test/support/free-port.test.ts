import { createServer } from 'node:net'
import { expect, it } from 'vitest'
import { freePort } from './free-port.ts'

const many = (worker: number): Promise<number[]> =>
  Promise.all(Array.from({ length: 300 }, () => freePort(worker)))

it('gives each port once, and no two workers the same', async () => {
  const ports = (await Promise.all([0, 1, 2, 3].map(many))).flat()
  expect(new Set(ports).size).toBe(ports.length)
})

it('gives the worker that asks its own', async () => {
  const own = Number(process.env.VITEST_POOL_ID)
  expect(own).toBeGreaterThan(0)
  const [first = 0, ...others] = [await freePort(), ...(await many(own))].toSorted(
    (one, other) => one - other,
  )
  const strangers = await many(own + 1)
  const last = others.at(-1) ?? 0
  expect(strangers.filter((port) => port >= first && port <= last)).toEqual([])
})

it('gives ports that can be listened at', async () => {
  const server = createServer()
  const port = await freePort()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  expect(server.address()).toMatchObject({ port })
  await new Promise((resolve) => server.close(resolve))
})
