import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'

/** Starts a process that opens the directory as a server and holds it; killed after the present test at the latest. */
export const startHolder = async (dir: string) => {
  const child = spawn(process.execPath, [new URL('lock-holder-process.ts', import.meta.url).pathname, dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  onTestFinished(kill)
  await once(child.stdout, 'data')
  return { pid: child.pid, kill }
}
