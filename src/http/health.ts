import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerJson, type Part, pathOf } from './part.ts'

/** Checks by name; each resolves when its part works. */
export type Checks = Readonly<Record<string, () => Promise<void>>>

/** Milliseconds; a load balancer waits no longer than that for an answer. */
const PATIENCE = 2000

/** Whether a check passes, and soon. */
export const passes = async (check: () => Promise<void>): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE)
  })
  const done = check().then(
    () => true,
    () => false,
  )
  const passed = await Promise.race([done, late])
  clearTimeout(timer)
  return passed
}

const answerReady = async (response: ServerResponse, checks: Checks): Promise<void> => {
  const entries = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await passes(check)] as const),
  )
  const isReady = entries.every(([, passed]) => passed)
  const words = entries.map(([name, passed]) => [name, passed ? 'ok' : 'failed'] as const)
  answerJson(response, isReady ? 200 : 503, {
    status: isReady ? 'ready' : 'unavailable',
    checks: Object.fromEntries(words),
  })
}

const isRead = ({ method }: IncomingMessage): boolean => method === 'GET' || method === 'HEAD'

/**
 * `/livez` (and `/healthz`): the process answers. `/readyz`: every check passes within two seconds. For any Host, not
 * logged, without limits.
 */
export const health =
  (checks: Checks): Part =>
  (request, response) => {
    const path = pathOf(request)
    if (!isRead(request)) return false
    if (path === '/livez' || path === '/healthz') {
      answerJson(response, 200, { status: 'live' })
      return true
    }
    if (path !== '/readyz') return false
    void answerReady(response, checks)
    return true
  }
