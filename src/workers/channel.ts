import cluster from 'node:cluster'
import { once } from 'node:events'
import { type FromWorker, type Order, type Question, ToWorker } from './messages.ts'

/** The way of a worker to its primary. */
export interface Channel {
  /** Resolves when the message is on its way, or when there is nobody to read it. */
  tell(message: FromWorker): Promise<void>
  /** Answers what the primary asks; a question that fails is not answered. */
  answer(answers: Record<Question, () => Promise<string>>): void
  /**
   * Tells what this process has counted, and waits until the primary knows that it takes no more connections: one that is
   * on its way here goes to another worker. To be called after the drain.
   */
  leave(report: string): Promise<void>
  /** The first reason to stop: an order, a signal, or the end of the primary. */
  stopped: Promise<Order>
}

/** Opens the way to the primary that has forked this process. */
export const openChannel = (): Channel => {
  const { worker } = cluster
  if (!worker) throw new Error('a worker is started by the primary only: npm start with WORKERS above 1')
  const stopped = Promise.withResolvers<Order>()
  const tell = (message: FromWorker): Promise<void> =>
    new Promise((resolve) => {
      if (!worker.isConnected()) resolve()
      else worker.send(message, () => resolve())
    })
  const onMessage = (take: (message: ToWorker) => void): void => {
    worker.on('message', (raw: unknown) => {
      const { data } = ToWorker.safeParse(raw)
      if (data) take(data)
    })
  }
  onMessage((message) => {
    if (message.kind === 'stop') stopped.resolve(message)
  })
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => stopped.resolve({ signal }))
  // A terminal that is closed sends it to all; what to do about it the primary says.
  process.on('SIGHUP', () => undefined)
  worker.on('disconnect', () => {
    // Otherwise node ends the process at once, with its requests under way.
    worker.exitedAfterDisconnect = true
    stopped.resolve({ signal: 'end of the primary', handover: 0 })
  })

  return {
    tell,
    answer: (answers) =>
      onMessage((message) => {
        if (message.kind !== 'ask') return
        const { id, question } = message
        answers[question]().then(
          (text) => tell({ kind: 'answer', id, text }),
          () => undefined,
        )
      }),
    async leave(report) {
      await tell({ kind: 'farewell', report })
      if (!worker.isConnected()) return
      const gone = once(worker, 'disconnect')
      worker.disconnect()
      await gone
    },
    stopped: stopped.promise,
  }
}
