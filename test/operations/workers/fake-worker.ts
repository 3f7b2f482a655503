/** A worker that answers its pid, and does what the file BEHAVIOUR says at its start. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { prometheusMetrics } from '../../../src/adapters/metrics.ts'
import { drain } from '../../../src/drain.ts'
import { openChannel } from '../../../src/workers/channel.ts'

const channel = openChannel()
const file = process.env.BEHAVIOUR ?? ''
const behaviour = readFileSync(file, 'utf8')
/** The first of all workers. */
const isFirst = (): boolean => {
  const mark = `${file}.first`
  if (existsSync(mark)) return false
  writeFileSync(mark, '')
  return true
}
if (behaviour === 'fault' || (behaviour === 'fault of the first' && isFirst())) {
  await channel.tell({ kind: 'fault', text: 'PORT: it is cursed\n' })
  process.exit(3)
}

const { metrics, render } = await prometheusMetrics()
const isReady = (): boolean => behaviour !== 'unready'
const server = createServer(async ({ url = '/' }, response) => {
  if (url === '/slow') {
    response.flushHeaders()
    await sleep(1500)
  }
  metrics.signIn('ok')
  response.end(
    JSON.stringify({ pid: process.pid, options: process.execArgv, pool: process.env.UV_THREADPOOL_SIZE }),
  )
})
server.listen(Number(process.env.PORT), '127.0.0.1', async () => {
  channel.answer({
    ready: async () => (isReady() ? 'yes' : 'no'),
    report: async () => (await render('report')).body,
  })
  await channel.tell({ kind: 'ready' })
})
const { handover: delay = 0 } = await channel.stopped
if (behaviour === 'stubborn') await sleep(60_000)
await drain(server, { delay, timeout: 5 })
await channel.leave((await render('report')).body)
process.exit(0)
