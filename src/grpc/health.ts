import { type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js'
import { z } from 'zod'
import { passes } from '../http/health.ts'
import { CallRefusal, refusalOf } from './call-refusal.ts'
import { input } from './input.ts'
import { type HealthAnswer, type Serving, type Watcher, watching } from './watching.ts'

export interface HealthParts {
  /** Full names of the services. */
  services: readonly string[]
  /** Resolves when the server can work. */
  check(): Promise<void>
}

/** The standard health service, for everybody who reaches the port. */
export interface Health {
  check(call: ServerUnaryCall<unknown, HealthAnswer>, callback: sendUnaryData<HealthAnswer>): void
  watch(watcher: Watcher): void
  /** From here on this server is not serving, and whoever watches it is told at once. */
  leave(): void
  /** Ends the streams of who watches. */
  close(): void
}

const HealthInput = z.object({ service: z.string().default('') })

/** See `proto/grpc/health/v1/health.proto`. Its calls are not logged. */
export const health = ({ services, check }: HealthParts): Health => {
  let isLeaving = false
  const look = async (): Promise<Serving> => {
    const isGood = await passes(check)
    return isGood && !isLeaving ? 'SERVING' : 'NOT_SERVING'
  }
  const watchers = watching(look)
  const isKnown = (message: unknown): boolean => {
    const { service } = input(HealthInput, message)
    return service === '' || services.includes(service)
  }
  return {
    async check(call, callback) {
      try {
        if (!isKnown(call.request)) throw new CallRefusal(status.NOT_FOUND, 'there is no such service')
        callback(null, { status: await look() })
      } catch (error) {
        callback(refusalOf(error))
      }
    },
    watch(watcher) {
      try {
        if (watchers.isFull()) throw new CallRefusal(status.RESOURCE_EXHAUSTED, 'too many watch already')
        if (isKnown(watcher.request)) void watchers.add(watcher)
        else watchers.addInVain(watcher)
      } catch (error) {
        // The way in which the library takes a status for a stream.
        watcher.emit('error', refusalOf(error))
      }
    },
    leave() {
      isLeaving = true
      watchers.tell('NOT_SERVING')
    },
    close: watchers.close,
  }
}
