import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { post } from '../flows/subject.ts'
import { scaleSettings } from '../support/deployment.ts'
import { freePort } from '../support/free-port.ts'
import { newHome } from '../support/home.ts'
import { environment, launchServer, startServer } from '../support/server.ts'
import { services } from '../support/services/index.ts'

const PATIENCE = 15_000
const primary = join(import.meta.dirname, 'workers/fake-primary.ts')

interface Subject {
  port: number
  managementPort: number
  pid: number
  output(): string
  ended: Promise<number | null>
  /** From now on workers start like this. */
  behave(behaviour: string): void
}

const started: ChildProcess[] = []
afterEach(() => {
  // Its group: the workers of a primary that a test has killed as well.
  for (const { pid } of started.splice(0)) if (pid !== undefined) killGroup(pid)
})
const killGroup = (pid: number): void => {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

const launch = async (behaviour = 'serve', env: Record<string, string> = {}): Promise<Subject> => {
  const [port, managementPort] = [await freePort(), await freePort()]
  const file = join(newHome(), 'behaviour')
  const behave = (next: string): void => writeFileSync(file, next)
  behave(behaviour)
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', primary], {
    detached: true,
    env: {
      PATH: process.env.PATH ?? '',
      WORKERS: '2',
      DRAIN_TIMEOUT: '10',
      UV_THREADPOOL_SIZE: '7',
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
      BEHAVIOUR: file,
      ...env,
    },
  })
  started.push(child)
  return { port, managementPort, pid: child.pid ?? 0, ...followed(child), behave }
}

const followed = (child: ChildProcessWithoutNullStreams): Pick<Subject, 'output' | 'ended'> => {
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  const ended = once(child, 'close').then(() => child.exitCode)
  return { output: () => output, ended }
}

/**
 * A connection of its own for each request, so that the next worker gets it. One that node is handing to a worker that is
 * killed at this moment hangs.
 */
const request = async (port: number, path = '/') => {
  const signal = AbortSignal.timeout(5000)
  const [answer] = await once(get({ port, path, host: '127.0.0.1', agent: false, signal }), 'response')
  return { status: answer.statusCode, text: await text(answer) }
}
const worker = async ({ port }: Subject): Promise<{ pid: number; options: string[]; pool: string }> =>
  JSON.parse((await request(port)).text)
/** A request that a worker has begun to answer; the function resolves with its pid when the answer is whole. */
const slowRequest = async ({ port }: Subject): Promise<() => Promise<number>> => {
  const [answer] = await once(get({ port, path: '/slow', host: '127.0.0.1', agent: false }), 'response')
  const rest = text(answer)
  return async () => JSON.parse(await rest).pid
}
/** The pids that answer. */
const pids = async (subject: Subject): Promise<number[]> => {
  const seen = new Set<number>()
  for (let n = 0; n < 8; n++) seen.add((await worker(subject)).pid)
  return [...seen].sort()
}
const waitFor = <Value>(check: () => Value | Promise<Value>) => vi.waitFor(check, PATIENCE)
const serving = (subject: Subject, count: number): Promise<number[]> =>
  waitFor(async () => {
    const present = await pids(subject)
    expect(present).toHaveLength(count)
    return present
  })
const start = async (behaviour?: string, env?: Record<string, string>): Promise<Subject> => {
  const subject = await launch(behaviour, env)
  await serving(subject, Number(env?.WORKERS ?? 2))
  return subject
}
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
const allEnd = (processes: number[]) => waitFor(() => expect(processes.filter(isAlive)).toEqual([]))
const onManagement = ({ managementPort }: Pick<Subject, 'managementPort'>, path: string) =>
  request(managementPort, path)
const value = async (subject: Pick<Subject, 'managementPort'>, series: string): Promise<number> => {
  const lines = (await onManagement(subject, '/metrics')).text.split('\n')
  return Number(lines.find((line) => line.startsWith(`${series} `))?.slice(series.length + 1))
}
interface Line {
  msg: string
  level: string
  pid: number
  worker?: number
  code?: number
  signal?: string
  seconds?: number
  fault?: string
}
const lines = ({ output }: Pick<Subject, 'output'>, message: string): Line[] =>
  output()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line): Line => JSON.parse(line))
    .filter(({ msg }) => msg === message)

it('serves one port from all workers, which have the options and the environment of the primary', async () => {
  const subject = await start()
  const present = await pids(subject)
  expect(present).not.toContain(subject.pid)
  const { options, pool } = await worker(subject)
  expect({ options, pool }).toEqual({ options: ['--disable-warning=ExperimentalWarning'], pool: '7' })
  expect(
    lines(subject, 'worker started')
      .map(({ worker: pid }) => pid)
      .sort(),
  ).toEqual(present)
})

it('starts a worker again that is killed, while the others serve', async () => {
  const subject = await start()
  const [victim = 0, survivor = 0] = await pids(subject)
  process.kill(victim, 'SIGKILL')
  const present = await waitFor(async () => {
    const now = await serving(subject, 2)
    expect(now).not.toContain(victim)
    return now
  })
  expect(present).toContain(survivor)
  expect(lines(subject, 'worker ended unexpectedly')).toMatchObject([
    { level: 'error', worker: victim, signal: 'SIGKILL' },
  ])
})

it('starts a worker again that was stopped alone, after its requests', async () => {
  const subject = await start()
  const former = await pids(subject)
  const slow = await slowRequest(subject)
  for (const pid of former) process.kill(pid, 'SIGTERM')
  expect(former).toContain(await slow())
  await allEnd(former)
  const present = await serving(subject, 2).catch(() => serving(subject, 2))
  expect(present.filter((pid) => former.includes(pid))).toEqual([])
})

it('waits longer before each start of a worker that keeps on dying young', async () => {
  const subject = await start()
  subject.behave('fault')
  const [victim = 0, survivor] = await pids(subject)
  process.kill(victim, 'SIGKILL')
  const pauses = await waitFor(() => {
    const seen = lines(subject, 'a worker is started again soon').map(({ seconds }) => seconds)
    expect(seen.length).toBeGreaterThanOrEqual(3)
    return seen
  })
  expect(pauses.slice(0, 3)).toEqual([1, 2, 4])
  expect(lines(subject, 'worker ended unexpectedly').at(-1)).toMatchObject({ code: 3, fault: /cursed/ })
  expect(await pids(subject)).toEqual([survivor])
})

it('ends with the fault and the exit code of the workers when none can start, and tells it once', async () => {
  const subject = await launch('fault')
  expect(await subject.ended).toBe(3)
  const said = subject.output().split('\n')
  expect(said.filter((line) => line === 'PORT: it is cursed')).toHaveLength(1)
  expect(lines(subject, 'worker started')).toHaveLength(2)
})

it('goes on when one worker cannot start and the other can, and starts it again', async () => {
  const subject = await launch('fault of the first')
  await serving(subject, 2).catch(() => serving(subject, 2))
  expect(lines(subject, 'worker ended unexpectedly')).toMatchObject([{ code: 3 }])
})

it.each([
  ['the primary', 'SIGTERM', 1],
  ['the primary', 'SIGINT', 1],
  ['the whole group at once, as by a terminal,', 'SIGINT', -1],
  ['the whole group at once, as by systemd,', 'SIGTERM', -1],
] as const)(
  'R-16 answers what is under way and ends with 0 when %s is sent %s',
  async (_whom, signal, sign) => {
    const subject = await start()
    const former = await pids(subject)
    const slow = [await slowRequest(subject), await slowRequest(subject)]
    process.kill(sign * subject.pid, signal)
    await waitFor(() => expect(request(subject.port)).rejects.toThrow())
    expect((await Promise.all(slow.map((end) => end()))).sort()).toEqual(former)
    expect(await subject.ended).toBe(0)
    expect(former.filter(isAlive)).toEqual([])
    expect(lines(subject, 'stopping')).toMatchObject([{ signal }])
    expect(lines(subject, 'worker ended')).toHaveLength(2)
  },
)

it('ends with 0 when it is stopped while the workers start', async () => {
  const subject = await launch()
  await waitFor(() => expect(lines(subject, 'worker started')).toHaveLength(2))
  process.kill(subject.pid, 'SIGTERM')
  expect(await subject.ended).toBe(0)
  expect(lines(subject, 'worker ended')).toHaveLength(2)
})

it('ends at once and not with 0 at a second signal, and leaves no worker behind', async () => {
  const subject = await start('stubborn')
  const former = await pids(subject)
  process.kill(subject.pid, 'SIGTERM')
  const insist = setInterval(() => process.kill(subject.pid, 'SIGTERM'), 300)
  const code = await subject.ended.finally(() => clearInterval(insist))
  expect(code).toBe(1)
  await allEnd(former)
})

it('kills a worker that does not end in its time, and then ends not with 0', async () => {
  const subject = await start('stubborn', { DRAIN_TIMEOUT: '0' })
  const former = await pids(subject)
  process.kill(subject.pid, 'SIGTERM')
  expect(await subject.ended).toBe(1)
  await allEnd(former)
})

it('lets the workers end by themselves when the primary is gone, after their requests', async () => {
  const subject = await start()
  const former = await pids(subject)
  const slow = await slowRequest(subject)
  process.kill(subject.pid, 'SIGKILL')
  expect(former).toContain(await slow())
  await allEnd(former)
})

it('R-16 replaces the workers one after another at SIGHUP, and no request fails', async () => {
  const subject = await start()
  const former = await pids(subject)
  const load = { on: true, failed: 0, answered: 0 }
  const client = async (): Promise<void> => {
    while (load.on) {
      const { status } = await request(subject.port).catch(() => ({ status: 0 }))
      if (status === 200) load.answered += 1
      else load.failed += 1
      await sleep(5)
    }
  }
  const clients = [client(), client(), client()]
  process.kill(subject.pid, 'SIGHUP')
  await waitFor(() => expect(lines(subject, 'all workers are replaced')).toHaveLength(1))
  load.on = false
  await Promise.all(clients)
  expect(load.failed).toBe(0)
  expect(load.answered).toBeGreaterThan(0)
  expect((await pids(subject)).filter((pid) => former.includes(pid))).toEqual([])
  expect(former.filter(isAlive)).toEqual([])
})

it('keeps the workers that it has when a replacement cannot start', async () => {
  const subject = await start()
  const former = await pids(subject)
  subject.behave('fault')
  process.kill(subject.pid, 'SIGHUP')
  await waitFor(() =>
    expect(lines(subject, 'a new worker could not start; the former ones go on')).toHaveLength(1),
  )
  expect(await pids(subject)).toEqual(former)
})

it('shows the sums of all workers on one management port, which do not fall with a worker, and how many live', async () => {
  const subject = await start()
  const signIns = 'gatehouse_sign_ins_total{outcome="ok"}'
  const before = await value(subject, signIns)
  expect(before).toBeGreaterThanOrEqual(8)
  await pids(subject)
  expect(await value(subject, signIns)).toBe(before + 8)
  expect(await value(subject, 'gatehouse_workers')).toBe(2)
  const [victim = 0] = await pids(subject)
  process.kill(victim, 'SIGTERM')
  await allEnd([victim])
  expect(await value(subject, signIns)).toBe(before + 16)
  expect(await value(subject, 'gatehouse_workers')).toBe(1)
})

it('is ready on the management port while one worker is, and live without any', async () => {
  const subject = await start('unready', { WORKERS: '1' })
  const unready = await onManagement(subject, '/readyz')
  expect([unready.status, JSON.parse(unready.text).checks]).toEqual([
    503,
    { running: 'ok', workers: 'failed' },
  ])
  expect((await onManagement(subject, '/livez')).status).toBe(200)
  subject.behave('serve')
  process.kill(subject.pid, 'SIGHUP')
  await waitFor(async () => expect((await onManagement(subject, '/readyz')).status).toBe(200))
})

describe.skipIf(!services())('the server with WORKERS=2', () => {
  const service = { clientId: 'demo-service', clientSecret: 'demo-service-secret' }
  const settings = (home: string) => ({ ...scaleSettings(home), WORKERS: '2' })
  const startReal = async (env: Record<string, string> = {}) => {
    const home = newHome()
    const managementPort = await freePort()
    const server = await startServer({
      home,
      env: { ...settings(home), MANAGEMENT_PORT: String(managementPort), ...env },
    })
    const subject = { ...server, managementPort }
    await waitFor(() => expect(lines(subject, 'ready')).toHaveLength(2))
    return subject
  }
  const token = async (port: number): Promise<number> => {
    const fields = { grant_type: 'client_credentials' }
    const answer = await post({ issuer: `http://127.0.0.1:${port}` }, '/oauth2/token', fields, service)
    return answer.status
  }
  const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

  it('prepares once, shows the password and the banner once, and serves from both workers', async () => {
    const server = await startReal()
    const shown = [/First admin/g, /Password {2,}\S/g, /Gatehouse is ready at/g].map((pattern) =>
      count(server.output(), pattern),
    )
    expect(shown).toEqual([1, 1, 1])
    const ready = lines(server, 'ready').map(({ pid }) => pid)
    expect(ready).not.toContain(server.pid)
    expect(new Set(ready).size).toBe(2)
    for (let n = 0; n < 6; n++) expect(await token(server.port)).toBe(200)
    const issued = 'gatehouse_tokens_issued_total{grant_type="client_credentials"}'
    expect(await value(server, issued)).toBe(6)
    expect((await onManagement(server, '/readyz')).status).toBe(200)
    expect(await server.stop()).toBe(0)
  })

  it('R-16 replaces the workers at SIGHUP under load, and no request fails', async () => {
    const server = await startReal()
    const load = { on: true, answers: new Map<number, number>() }
    const client = async (): Promise<void> => {
      while (load.on) {
        const { status } = await request(server.port, '/readyz').catch(() => ({ status: 0 }))
        load.answers.set(status ?? 0, (load.answers.get(status ?? 0) ?? 0) + 1)
        await sleep(20)
      }
    }
    const clients = [client(), client()]
    process.kill(server.pid, 'SIGHUP')
    await waitFor(() => expect(lines(server, 'all workers are replaced')).toHaveLength(1))
    load.on = false
    await Promise.all(clients)
    expect([...load.answers.keys()]).toEqual([200])
    expect(lines(server, 'ready')).toHaveLength(4)
    expect(await server.stop()).toBe(0)
  })

  it('refuses a port that is taken with one sentence and exit code 1', async () => {
    const stranger = createServer().listen(await freePort(), '127.0.0.1')
    await once(stranger, 'listening')
    const address = stranger.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const home = newHome()
    const server = await launchServer({ home, port, env: settings(home) })
    const code = await server.ended
    stranger.close()
    expect(code).toBe(1)
    const said = server.output().split('\n')
    expect(said.filter((line) => line.startsWith('PORT: cannot listen'))).toHaveLength(1)
    expect(server.output()).not.toMatch(/^ +at /m)
  })

  it('gives the workers the options of npm start, and stops in order at an interrupt from a terminal', async () => {
    const [home, port] = [newHome(), await freePort()]
    const child = spawn('npm', ['start'], {
      cwd: join(import.meta.dirname, '../..'),
      env: { ...environment(home, port), ...settings(home), HOME: home },
      detached: true,
    })
    started.push(child)
    const subject = followed(child)
    await waitFor(() => expect(lines(subject, 'ready')).toHaveLength(2))
    for (const { pid } of lines(subject, 'ready')) {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('--max-semi-space-size=8')
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toContain('MALLOC_ARENA_MAX=2')
    }
    process.kill(-(child.pid ?? 0), 'SIGINT')
    expect(await subject.ended).toBe(0)
    expect(lines(subject, 'worker ended')).toHaveLength(2)
  })
})
