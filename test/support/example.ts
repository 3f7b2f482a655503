import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Example {
  /** What it has printed so far, both streams. */
  output(): string
  stop(): Promise<void>
}

/**
 * Runs `node examples/<name>/main.ts` as a reader would, and waits until it tells its address.
 *
 * @param env settings on top of a bare environment
 * @throws Error with the program's output if it ends or says nothing for ten seconds
 */
export const startExample = async (name: string, env: Record<string, string>): Promise<Example> => {
  const main = fileURLToPath(new URL(`../../examples/${name}/main.ts`, import.meta.url))
  const child = spawn(process.execPath, [main], { env: { PATH: process.env.PATH, ...env } })
  let output = ''
  const started = new Promise<void>((resolve, reject) => {
    const fail = () => reject(new Error(`examples/${name} did not start:\n${output}`))
    const timer = setTimeout(fail, 10_000)
    const listen = (chunk: Buffer) => {
      output += chunk.toString('utf8')
      if (output.includes('http://')) {
        clearTimeout(timer)
        resolve()
      }
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.once('exit', fail)
  })
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  await started.catch(async (error: unknown) => {
    await stop()
    throw error
  })
  return { output: () => output, stop }
}
