import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import { type MailWish, parseMail, type ReceivedMail, takeMail } from './received-mail.ts'

export { linkIn } from './received-mail.ts'

export interface MailSink {
  /** `SMTP_URL` of a server that sends here. */
  url: string
  port: number
  /** Takes the oldest mail that fits and was not taken yet; waits up to 10 seconds. */
  next(wish?: MailWish): Promise<ReceivedMail>
  /** All mails so far, taken ones included. */
  all(): ReceivedMail[]
  /** Connections so far. */
  connections(): number
  stop(): Promise<void>
}

export interface SinkOptions {
  port?: number
  /** What each recipient is answered: undefined takes the mail. `attempt` counts from 1. */
  refuse?: (attempt: number) => { code: number; text: string } | undefined
  /** Milliseconds before a mail is taken. */
  delay?: number
  /** Wants this login; `overTls` offers it after STARTTLS only. */
  login?: { user: string; password: string; overTls?: boolean }
  /** Speaks TLS from the start. */
  isSecure?: boolean
}

/** A real SMTP server at 127.0.0.1. */
export const startMailSink = async (options: SinkOptions = {}): Promise<MailSink> => {
  const { port = 0, refuse, delay = 0, login, isSecure = false } = options
  const mails: ReceivedMail[] = []
  const taken = new Set<string>()
  let attempts = 0
  let connections = 0
  const server = new SMTPServer({
    // Also tells nothing about its built-in certificate.
    logger: false,
    secure: isSecure,
    authOptional: login === undefined,
    allowInsecureAuth: login?.overTls !== true,
    disabledCommands: login?.overTls || isSecure ? [] : ['STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 100,
    onConnect(_, done) {
      connections += 1
      done()
    },
    onAuth({ username, password }, _, done) {
      const isRight = username === login?.user && password === login?.password
      done(isRight ? null : new Error('wrong login'), isRight ? { user: username } : undefined)
    },
    onRcptTo(_, __, done) {
      attempts += 1
      const refusal = refuse?.(attempts)
      done(refusal ? Object.assign(new Error(refusal.text), { responseCode: refusal.code }) : null)
    },
    async onData(stream, { envelope }, done) {
      const raw = await text(stream)
      const mail = await parseMail(
        raw,
        envelope.rcptTo.map(({ address }) => address),
      )
      setTimeout(() => {
        mails.push(mail)
        done()
      }, delay)
    },
  })
  server.on('error', () => undefined)
  const listening = server.listen(port, '127.0.0.1')
  await once(listening, 'listening')
  const address = listening.address()
  if (address === null || typeof address === 'string') throw new Error('the sink has no port')
  const user = login ? `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@` : ''
  return {
    url: `${isSecure ? 'smtps' : 'smtp'}://${user}127.0.0.1:${address.port}`,
    port: address.port,
    next: (wish = {}) => takeMail(async () => mails, taken, wish),
    all: () => [...mails],
    connections: () => connections,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
