import type { Log, Metrics } from '../domain/observe.ts'
import { REQUEST_ID } from './edge.ts'
import { type Part, pathOf } from './part.ts'

export interface ObserveParts {
  log: Pick<Log, 'debug' | 'info' | 'warn'>
  metrics: Pick<Metrics, 'request'>
  /** The pattern of the route, from a closed set: a raw path may hold a secret, and would make labels without end. */
  routeOf: (path: string) => string
  /** Requests of programs, which are many: one that went well is worth a line at `debug` only. */
  isMachine: (route: string) => boolean
}

const levelOf = (status: number, isMachine: boolean): 'debug' | 'info' | 'warn' => {
  if (status >= 500) return 'warn'
  return isMachine && status < 400 ? 'debug' : 'info'
}

/** Writes one line and one measurement for every request, when its answer is out or its connection is gone. */
export const observe =
  ({ log, metrics, routeOf, isMachine }: ObserveParts): Part =>
  (request, response) => {
    const started = performance.now()
    const path = pathOf(request)
    response.once('close', () => {
      const seconds = (performance.now() - started) / 1000
      const { method = '', headers } = request
      const route = routeOf(path)
      const status = response.writableFinished ? response.statusCode : 499
      metrics.request(route, method, status, seconds)
      log[levelOf(status, isMachine(route))](
        {
          requestId: headers[REQUEST_ID],
          method,
          route,
          status,
          ms: Math.round(seconds * 1e4) / 10,
          address: headers['x-forwarded-for'],
        },
        'request',
      )
    })
    return false
  }
