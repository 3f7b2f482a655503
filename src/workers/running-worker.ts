import type { Worker } from 'node:cluster'
import { FromWorker, type Order, type Question, type ToWorker } from './messages.ts'

/** How a worker came to its end. */
export interface Ended {
  /** 1 where a signal ended it. */
  code: number
  signal: string | undefined
  /** What it said about itself, for the operator. */
  fault: string | undefined
}

/** A worker process as the primary sees it. */
export interface RunningWorker {
  pid: number | undefined
  /** True when it listens, false if it ended before. */
  ready: Promise<boolean>
  ended: Promise<Ended>
  /** Rejects if the worker ends or does not answer within two seconds. */
  ask(question: Question): Promise<string>
  /** The latest answer to `report`, in whatever order they came. */
  lastReport(): string | undefined
  stop(order: Order): void
  /** SIGKILL. */
  kill(): void
}

/** Milliseconds; who asks for health or metrics waits no longer. */
const PATIENCE = 2000

/**
 * Follows a worker that has just been forked.
 *
 * @param worker speaks as `messages.ts` says
 */
export const runningWorker = (worker: Worker): RunningWorker => {
  const ready = Promise.withResolvers<boolean>()
  const ended = Promise.withResolvers<Ended>()
  const { ask, answered, abandon } = questions((message) => tell(worker, message))
  const seen: { fault?: string; report?: string } = {}

  const end = (code: number, signal: string | undefined): void => {
    ready.resolve(false)
    ended.resolve({ code, signal, fault: seen.fault })
    abandon()
  }
  worker.on('message', (raw: unknown) => {
    const { data: message } = FromWorker.safeParse(raw)
    if (message?.kind === 'ready') ready.resolve(true)
    if (message?.kind === 'fault') seen.fault = message.text
    if (message?.kind === 'farewell') seen.report = message.report
    if (message?.kind === 'answer') {
      if (answered(message) === 'report') seen.report = message.text
    }
  })
  worker.on('exit', (code, signal) => end(code ?? 1, signal ?? undefined))
  // No process could be made; one that has been made tells its end by `exit`.
  worker.on('error', (error) => {
    if (worker.process.pid !== undefined) return
    seen.fault = `${error.message}\n`
    end(1, undefined)
  })

  return {
    pid: worker.process.pid,
    ready: ready.promise,
    ended: ended.promise,
    ask,
    lastReport: () => seen.report,
    stop: (order) => void tell(worker, { kind: 'stop', ...order }),
    kill: () => void worker.process.kill('SIGKILL'),
  }
}

/** False if it cannot be told any more; its end is on the way then. */
const tell = (worker: Worker, message: ToWorker): boolean => {
  if (!worker.isConnected()) return false
  worker.send(message, () => undefined)
  return true
}

interface Open {
  question: Question
  settle(text: string): void
  fail(error: Error): void
}

const questions = (send: (message: ToWorker) => boolean) => {
  const open = new Map<number, Open>()
  let last = 0
  const ask = (question: Question): Promise<string> =>
    new Promise((resolve, reject) => {
      last += 1
      const id = last
      const timer = setTimeout(() => close(id)?.fail(new Error('the worker does not answer')), PATIENCE)
      const settle = (text: string): void => {
        clearTimeout(timer)
        resolve(text)
      }
      const fail = (error: Error): void => {
        clearTimeout(timer)
        reject(error)
      }
      open.set(id, { question, settle, fail })
      if (!send({ kind: 'ask', id, question })) close(id)?.fail(new Error('the worker has ended'))
    })
  const close = (id: number): Open | undefined => {
    const found = open.get(id)
    open.delete(id)
    return found
  }
  return {
    ask,
    /** Which question that answers; one that comes too late answers none. */
    answered: ({ id, text }: { id: number; text: string }): Question | undefined => {
      const found = close(id)
      found?.settle(text)
      return found?.question
    },
    abandon: () => {
      for (const id of [...open.keys()]) close(id)?.fail(new Error('the worker has ended'))
    },
  }
}
