import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { freePort } from './free-port.ts'
import { type Command, commandReader } from './resp-command.ts'

export type { Command } from './resp-command.ts'

/** What a command is answered with: an `Error` becomes an error reply. */
export type Reply = string | number | null | Error | readonly Reply[]

/** Undefined leaves a command without an answer for ever. */
export type Answer = (command: Command) => Reply | undefined

/**
 * A server that speaks the Redis protocol well enough for a client to connect, and to send commands in a pipeline or a
 * transaction, and that answers them as a test likes: for states into which a real one cannot be put at will.
 */
export interface RespServer {
  url: string
  port: number
  /** How data commands are answered from now on, on every connection; with null at first. */
  answer(answer: Answer): void
  /**
   * Answers every data command with an error, such as `READONLY You can't write against a read only replica.`; and as a
   * real server does, a PING as well for LOADING, MASTERDOWN and MISCONF, and everything but HELLO and AUTH for NOAUTH.
   */
  refuse(error: string): void
  /** The data commands so far. */
  received(): readonly Command[]
  stop(): Promise<void>
}

interface State {
  answer: Answer
  /** The error that everything is answered with, or nothing. */
  error: string
  received: Command[]
}

interface Session {
  protocol: 2 | 3
  channels: Set<string>
  /** What has been queued since MULTI. */
  queue: Reply[] | undefined
  /** Whether a command was refused since. */
  isSpoilt: boolean
}

/** Starts a server that knows nothing: every data command is answered with null. */
export const startRespServer = async (): Promise<RespServer> => {
  const port = await freePort()
  const sockets = new Set<Socket>()
  const state: State = { answer: () => null, error: '', received: [] }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    const session: Session = { protocol: 2, channels: new Set(), queue: undefined, isSpoilt: false }
    const read = commandReader()
    socket.on('data', (chunk) => {
      for (const command of read(chunk)) socket.write(reply(state, session, command))
    })
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    answer: (answer) => void Object.assign(state, { answer, error: '' }),
    refuse: (error) => void Object.assign(state, { answer: () => new Error(error), error }),
    received: () => state.received,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

/** What a client asks for to get to know a server, in place of what it is about. */
const ABOUT_ITSELF = new Set(['HELLO', 'AUTH', 'PING', 'INFO', 'CLIENT', 'SELECT', 'CONFIG', 'COMMAND'])
const SUBSCRIPTION = /^[PS]?(UN)?SUBSCRIBE$/
const REFUSES_PING = /^(LOADING|MASTERDOWN|MISCONF|NOAUTH)\b/

const reply = (state: State, session: Session, command: Command): string => {
  const [name] = command
  const isRefused = state.error.startsWith('NOAUTH')
    ? name !== 'HELLO' && name !== 'AUTH'
    : name === 'PING' && REFUSES_PING.test(state.error)
  if (isRefused) return encode(new Error(state.error), session)
  if (SUBSCRIPTION.test(name)) return subscription(session, command)
  if (ABOUT_ITSELF.has(name)) return aboutItself(state, session, command)
  if (name === 'MULTI' || name === 'EXEC' || name === 'DISCARD') return transaction(session, name)
  state.received.push(command)
  const answer = state.answer(command)
  if (answer === undefined) return ''
  if (session.queue === undefined) return encode(answer, session)
  if (answer instanceof Error) session.isSpoilt = true
  session.queue.push(answer)
  return encode(answer instanceof Error ? answer : 'QUEUED', session)
}

const transaction = (session: Session, name: 'MULTI' | 'EXEC' | 'DISCARD'): string => {
  const { queue = [], isSpoilt } = session
  session.queue = name === 'MULTI' ? [] : undefined
  session.isSpoilt = false
  if (name !== 'EXEC') return encode('OK', session)
  const aborted = new Error('EXECABORT Transaction discarded because of previous errors.')
  return encode(isSpoilt ? aborted : queue, session)
}

const aboutItself = ({ error }: State, session: Session, [name, ...args]: Command): string => {
  if (name === 'HELLO') {
    session.protocol = args[0] === '3' ? 3 : 2
    const facts = {
      server: 'redis',
      version: '7.0.15',
      proto: session.protocol,
      id: 1,
      mode: 'standalone',
      role: 'master',
    }
    return encodeMap({ ...facts, modules: [] }, session)
  }
  if (name === 'INFO') {
    const loading = error.startsWith('LOADING') ? 1 : 0
    const facts = [
      'redis_version:7.0.15',
      'redis_mode:standalone',
      'role:master',
      'maxmemory_policy:noeviction',
    ]
    return encode([...facts, 'aof_enabled:1', `loading:${loading}`, ''].join('\r\n'), session)
  }
  if (name === 'PING') return encode(args[0] ?? 'PONG', session)
  return encode(name === 'COMMAND' || args[0]?.toUpperCase() === 'GET' ? [] : 'OK', session)
}

const subscription = (session: Session, [name, ...channels]: Command): string =>
  channels
    .map((channel) => {
      if (name.includes('UN')) session.channels.delete(channel)
      else session.channels.add(channel)
      const parts = [name.toLowerCase(), channel, session.channels.size].map((part) => encode(part, session))
      return `${session.protocol === 3 ? '>' : '*'}${parts.length}\r\n${parts.join('')}`
    })
    .join('')

const encodeMap = (map: Record<string, Reply>, session: Session): string => {
  const parts = Object.entries(map)
    .flat()
    .map((part) => encode(part, session))
  return `${session.protocol === 3 ? `%${parts.length / 2}` : `*${parts.length}`}\r\n${parts.join('')}`
}

const encode = (value: Reply, session: Session): string => {
  if (value === null) return session.protocol === 3 ? '_\r\n' : '$-1\r\n'
  if (typeof value === 'number') return `:${value}\r\n`
  if (typeof value === 'string') return `$${Buffer.byteLength(value)}\r\n${value}\r\n`
  if (value instanceof Error) return `-${value.message}\r\n`
  return `*${value.length}\r\n${value.map((part) => encode(part, session)).join('')}`
}
