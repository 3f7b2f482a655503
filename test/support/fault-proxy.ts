import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'

/**
 * A wire with faults between a client and a server on loopback. Each mode holds from the call on until the next one,
 * for new connections and for those that are open; each call resolves when it does.
 *
 * A connection that has lost bytes is closed as soon as bytes would flow past the hole: a stream with a hole would make
 * the client take one answer for another. One that was idle meanwhile, and so lost nothing, goes on.
 */
export interface FaultProxy {
  port: number
  /** No fault. */
  pass(): Promise<void>
  /** Closes every connection and refuses new ones, as a server that has ended. */
  cut(): Promise<void>
  /** Accepts connections and swallows everything both ways, the ends of connections as well. */
  blackhole(): Promise<void>
  /** Every answer comes so much later. */
  delay(milliseconds: number): Promise<void>
  /** Forwards what the client sends and swallows what the server answers. */
  dropReplies(): Promise<void>
  /**
   * How often a client has sent something at first, or after the server had said something, on any connection: the
   * number of serial round trips, as long as one request at a time is under way.
   */
  bursts(): number
  stop(): Promise<void>
}

type Direction = 'requests' | 'replies'

interface Mode {
  /** Whether bytes of a direction come through. */
  requests: boolean
  replies: boolean
  /** Milliseconds that replies wait. */
  delay: number
}

interface Connection {
  client: Socket
  server: Socket
  /** Directions in which something is missing. */
  holes: Set<Direction>
}

const PASS: Mode = { requests: true, replies: true, delay: 0 }
const DROP_REPLIES: Mode = { requests: true, replies: false, delay: 0 }
const BLACKHOLE: Mode = { requests: false, replies: false, delay: 0 }
const CUT: Mode = { requests: false, replies: false, delay: 0 }

/** Puts a proxy before a server on loopback; without a fault at first. */
export const startFaultProxy = async (target: { port: number }): Promise<FaultProxy> => {
  const port = await freePort()
  const connections = new Set<Connection>()
  let mode: Mode = PASS
  let bursts = 0
  let speaker: Direction = 'replies'
  const heard = (direction: Direction) => {
    if (direction === 'requests' && speaker === 'replies') bursts += 1
    speaker = direction
  }
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const server = connect({ port: target.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    const connection: Connection = { client, server, holes: new Set() }
    connections.add(connection)
    carry(connection, 'requests', () => mode, heard)
    carry(connection, 'replies', () => mode, heard)
    for (const socket of [client, server])
      socket.on('close', () => {
        if (client.destroyed && server.destroyed) connections.delete(connection)
      })
  })
  const apply = async (): Promise<void> => {
    for (const connection of connections) if (mode === CUT || isTorn(connection, mode)) close(connection)
    if (mode === CUT) listener.close()
    if (mode === CUT || listener.listening) return
    listener.listen(port, '127.0.0.1')
    await once(listener, 'listening')
  }
  // One after the other, as a listener needs a moment to begin.
  let applied = Promise.resolve()
  const enter = (next: Mode): Promise<void> => {
    mode = next
    applied = applied.then(apply)
    return applied
  }
  await enter(PASS)
  return {
    port,
    pass: () => enter(PASS),
    cut: () => enter(CUT),
    blackhole: () => enter(BLACKHOLE),
    delay: (milliseconds) => enter({ ...PASS, delay: milliseconds }),
    dropReplies: () => enter(DROP_REPLIES),
    bursts: () => bursts,
    stop: () => enter(CUT),
  }
}

const isTorn = ({ holes }: Connection, mode: Mode): boolean =>
  (mode.requests && holes.has('requests')) || (mode.replies && holes.has('replies'))

const close = ({ client, server }: Connection): void => {
  client.destroy()
  server.destroy()
}

/** Carries one direction of a connection, in order, each piece and its end by the mode at the time of its delivery. */
const carry = (
  { client, server, holes }: Connection,
  direction: Direction,
  mode: () => Mode,
  heard: (direction: Direction) => void,
): void => {
  const [from, to] = direction === 'requests' ? [client, server] : [server, client]
  let queue = Promise.resolve()
  const deliver = (piece: () => void) => {
    const due = Date.now() + (direction === 'replies' ? mode().delay : 0)
    queue = queue.then(async () => {
      const wait = due - Date.now()
      if (wait > 0) await sleep(wait)
      if (mode()[direction]) piece()
      else holes.add(direction)
    })
  }
  from.on('data', (chunk) => {
    heard(direction)
    deliver(() => {
      if (!to.write(chunk)) from.pause()
    })
  })
  to.on('drain', () => from.resume())
  from.on('end', () => deliver(() => to.end()))
  from.on('error', () => deliver(() => to.destroy()))
}
