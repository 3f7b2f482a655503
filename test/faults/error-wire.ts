import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { freePort } from '../support/free-port.ts'
import { type Command, commandReader } from '../support/resp-command.ts'

/** A wire to a real Redis that can answer in its place, with an error to everything: for states that are hard to bring about. */
export interface ErrorWire {
  port: number
  /**
   * Answers with this error from now on, as Redis words it, on connections that are open and on new ones. What a client
   * asks to get to know a server is answered by Redis, as far as that would answer it in such a state.
   */
  refuse(error: string): void
  /** Everything is answered by Redis again. */
  pass(): void
  /** Ends all connections; new ones can be made. */
  reset(): void
  stop(): Promise<void>
}

const ABOUT_ITSELF = new Set(['HELLO', 'CLIENT', 'SELECT', 'INFO', 'CLUSTER', 'COMMAND', 'SUBSCRIBE', 'PING'])
const REFUSES_PING = /^(LOADING|MASTERDOWN|MISCONF)\b/
const LOADS = 'loading:1\r\nloading_eta_seconds:1\r\n'

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`
const encode = (command: Command): string => `*${command.length}\r\n${command.map(bulk).join('')}`

/** What is said in place of Redis; undefined: Redis says it. */
const inItsPlace = (error: string, [name]: Command): string | undefined => {
  if (error === '') return undefined
  if (name === 'INFO' && error.startsWith('LOADING')) return bulk(LOADS)
  if (name === 'PING' && REFUSES_PING.test(error)) return `-${error}\r\n`
  return ABOUT_ITSELF.has(name) && !error.startsWith('NOAUTH') ? undefined : `-${error}\r\n`
}

/**
 * Puts the wire before a Redis on loopback. The answers keep their order only if nothing is under way when the state
 * changes.
 *
 * @param port of the wire; a free one by default
 */
export const startErrorWire = async (target: { port: number }, port?: number): Promise<ErrorWire> => {
  const at = port ?? (await freePort())
  const sockets = new Set<Socket>()
  let error = ''
  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ port: target.port, host: '127.0.0.1', noDelay: true })
    const read = commandReader()
    client.on('data', (chunk) => {
      for (const command of read(chunk)) {
        const answer = inItsPlace(error, command)
        if (answer === undefined) server.write(encode(command))
        else client.write(answer)
      }
    })
    server.on('data', (chunk) => client.write(chunk))
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  }).listen(at, '127.0.0.1')
  await once(listener, 'listening')
  const reset = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: at,
    refuse(said) {
      error = said
    },
    pass() {
      error = ''
    },
    reset,
    async stop() {
      const closed = once(listener, 'close')
      listener.close()
      reset()
      await closed
    },
  }
}
