import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../test/support/free-port.ts'
import { seed } from './subject.ts'

export interface BenchServer {
  base: string
  /** Proportional set size of the process in MB: shared pages count once. */
  memory(): Promise<number>
  /** Milliseconds of a processor that the process has used so far. */
  cpu(): Promise<number>
  stop(): Promise<void>
}

/** Milliseconds (proc(5): hundredths of a second on every Linux that Node runs on). */
const TICK = 10

const started = async (child: ChildProcess, base: string): Promise<BenchServer> => {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      output = (output + chunk).slice(-4000)
    })
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`${base}/oauth2/jwks`).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok) break
    if (tries > 400 || child.exitCode !== null) throw new Error(`the server did not start:\n${output}`)
    await sleep(25)
  }
  return {
    base,
    memory: async () =>
      Number(/^Pss:\s+(\d+)/m.exec(await readFile(`/proc/${child.pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024,
    cpu: async () => {
      const [, , ...fields] = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(/\) |\s/)
      return (Number(fields[11]) + Number(fields[12])) * TICK
    },
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

const run = (script: string, env: Record<string, string>): ChildProcess =>
  spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
    env: { PATH: process.env.PATH ?? '', ...env },
  })

const root = join(import.meta.dirname, '../..')

/** What `npm start` runs, without npm in between. */
const startScript = async (): Promise<string> => {
  const manifest: { scripts: { start: string } } = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  )
  return manifest.scripts.start
}

/** The bare engine with its in-memory adapter. */
export const startBare = async (): Promise<BenchServer> => {
  const port = await freePort()
  return started(
    run(join(import.meta.dirname, 'bare-engine.ts'), { PORT: String(port) }),
    `http://localhost:${port}`,
  )
}

/**
 * Our server as `npm start` runs it, with the benchmark's seed: embedded, every write durable, unless the settings say
 * otherwise.
 *
 * @param folder a fresh one by default
 * @param settings on top of those
 */
export const startOurs = async (
  folder?: string,
  settings: Record<string, string> = {},
): Promise<BenchServer & { folder: string }> => {
  const port = await freePort()
  const home = folder ?? (await mkdtemp(join(tmpdir(), 'gatehouse-bench-')))
  const seedFile = join(home, 'seed.json')
  await writeFile(seedFile, JSON.stringify(seed))
  const env = {
    PORT: String(port),
    DATA_DIR: join(home, 'data'),
    KEYS_DIR: join(home, 'keys'),
    SEED_FILE: seedFile,
    LIMIT_SIGN_IN_PREFIX: '100000',
    ...settings,
  }
  const child = spawn('sh', ['-c', await startScript()], {
    cwd: root,
    env: { PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`, ...env },
  })
  return { ...(await started(child, `http://localhost:${port}`)), folder: home }
}
