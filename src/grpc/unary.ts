import { type handleUnaryCall, type ServerUnaryCall, status } from '@grpc/grpc-js'
import type { Log, Metrics } from '../domain/observe.ts'
import { refusalOf } from './call-refusal.ts'
import type { Method } from './method.ts'
import { trailers } from './request-id.ts'

export interface ObserveParts {
  log: Log
  metrics: Pick<Metrics, 'grpcCall'>
  nextId(): string
}

/** Statuses that are the server's fault. */
const OURS: readonly status[] = [status.INTERNAL, status.UNAVAILABLE, status.UNKNOWN]

/** Answers the calls of one method, with one line and one measurement for each. */
export const unary =
  (name: string, method: Method, { log, metrics, nextId }: ObserveParts): handleUnaryCall<unknown, object> =>
  async (call, callback) => {
    const started = performance.now()
    const requestId = nextId()
    const metadata = trailers(call.metadata, requestId)
    const done = (code: status): void => {
      const ms = performance.now() - started
      const named = status[code]
      metrics.grpcCall(name, named, ms / 1000)
      const level = code === status.OK ? 'debug' : OURS.includes(code) ? 'warn' : 'info'
      const fields = { requestId, method: name, status: named, ms: Math.round(ms * 10) / 10 }
      log[level]({ ...fields, address: addressOf(call) }, 'call')
    }
    try {
      const isWanted = (): boolean => !call.cancelled && !isLate(call)
      const answer = await method(call.request, { metadata: call.metadata, isWanted })
      if (!isWanted()) return done(endOf(call))
      callback(null, answer, metadata)
      done(status.OK)
    } catch (error) {
      const { code, details } = refusalOf(error)
      if (code === status.INTERNAL) log.error({ err: error, requestId, method: name }, 'a call failed')
      callback({ code, details, metadata })
      done(call.cancelled ? endOf(call) : code)
    }
  }

type Call = ServerUnaryCall<unknown, object>

/** Why nobody waits any more. */
const endOf = (call: Call): status => (isLate(call) ? status.DEADLINE_EXCEEDED : status.CANCELLED)

const isLate = (call: Call): boolean => Number(call.getDeadline()) <= Date.now()

/** Without the port. */
const addressOf = (call: Call): string => call.getPeer().replace(/:\d+$/, '')
