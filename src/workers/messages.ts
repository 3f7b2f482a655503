import { z } from 'zod'

/** Whether the worker would serve now, or what it has counted. */
export type Question = 'ready' | 'report'

const Answer = z.object({ kind: z.literal('answer'), id: z.number(), text: z.string() })

/** What a worker tells the primary. */
export const FromWorker = z.discriminatedUnion('kind', [
  /** It listens. */
  z.object({ kind: z.literal('ready') }),
  /** It cannot serve; the text is for the operator. */
  z.object({ kind: z.literal('fault'), text: z.string() }),
  /** What it has counted, just before it ends. */
  z.object({ kind: z.literal('farewell'), report: z.string() }),
  Answer,
])
export type FromWorker = z.infer<typeof FromWorker>

const Stop = z.object({
  kind: z.literal('stop'),
  /** What the primary was sent. */
  signal: z.string(),
  /** Seconds for connections to move to its successor: it stays ready. Without one it is not ready for DRAIN_DELAY. */
  handover: z.number().exactOptional(),
})
/** Why and how to stop. */
export type Order = Omit<z.infer<typeof Stop>, 'kind'>

/** What the primary tells a worker. */
export const ToWorker = z.discriminatedUnion('kind', [
  Stop,
  z.object({ kind: z.literal('ask'), id: z.number(), question: z.enum(['ready', 'report']) }),
])
export type ToWorker = z.infer<typeof ToWorker>
