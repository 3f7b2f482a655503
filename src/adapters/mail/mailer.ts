import { parseEmail } from '../../domain/email.ts'
import type { Mail, MailOutcome, SendMail } from '../../domain/mail.ts'
import type { Log, Metrics } from '../../domain/observe.ts'
import type { Clock } from '../../domain/ports.ts'
import { parseSender, type Sender } from '../../domain/sender.ts'
import { mailColours } from './colours.ts'
import { deliveryFault, recipientMark } from './delivery-fault.ts'
import { type LetterBox, letterBox } from './files.ts'
import { type LetterParts, letters } from './letters.ts'
import type { Message } from './message.ts'
import { deliveryQueue } from './queue.ts'
import { smtpTransport } from './smtp.ts'

export interface MailerOptions {
  issuer: string
  /** CSS colour of the buttons. */
  accent: string
  smtpUrl: string | undefined
  /** `MAIL_FROM`. */
  from: string | undefined
  /** Where letters rest as files if there is no mail server; undefined: they are dropped then. */
  folder: string | undefined
  log: Pick<Log, 'info' | 'warn' | 'error'>
  metrics: Pick<Metrics, 'mail'>
  now: Clock
  /** Milliseconds before each further attempt. */
  pauses?: readonly number[]
  /** Letters that are held at most. */
  capacity?: number
}

export interface Mailer {
  /** Letters reach somebody: a mail server, or files. */
  isReady: boolean
  /** The letters of a development without a mail server. */
  box: LetterBox | undefined
  /** Sends letters in these words, in the background. */
  speaking(parts: LetterParts): SendMail
  /** Resolves when every letter taken so far is delivered, given up or dropped. */
  settled(): Promise<void>
  /** Takes no more letters, and gives those that wait a few seconds. */
  close(): Promise<void>
}

interface Outgoing {
  mail: Mail
  /** The same message at each attempt. */
  message(): Message
}

const PAUSES = [1_000, 10_000, 60_000]
const PARALLEL = 4
const CAPACITY = 1_000
/** Milliseconds that the end of the process waits for letters; a worker is killed if it takes 5 s to close. */
const FAREWELL = 3_000
const NOBODY: Sender = { name: 'Gatehouse', address: 'gatehouse@localhost' }

export const openMailer = (options: MailerOptions): Mailer => {
  const { issuer, accent, folder, smtpUrl, pauses = PAUSES, capacity = CAPACITY } = options
  const from = parseSender(options.from ?? '') ?? NOBODY
  const box =
    smtpUrl === undefined && folder !== undefined ? letterBox({ ...options, folder, from }) : undefined
  const transport = smtpUrl === undefined ? box?.put : smtpTransport({ smtpUrl, from })
  const queue = deliveryQueue<Outgoing>({
    deliver: async ({ message }) => transport?.(toOne(message())),
    onEnd: ({ mail }, outcome, error) => record(options, mail, outcome, error),
    pauses,
    parallel: PARALLEL,
    capacity: transport === undefined ? 0 : capacity,
  })
  return {
    isReady: transport !== undefined,
    box,
    speaking(parts) {
      const render = letters(parts, { issuer, colours: mailColours(accent) })
      return (mail) => {
        let message: Message | undefined
        queue.add({ mail, message: () => (message ??= render(mail)) })
      }
    },
    settled: queue.settled,
    close: () => queue.close(FAREWELL),
  }
}

/** An address that is more than one, or none, would send a link to a stranger (CVE-2025-13033): looked at once more. */
const toOne = (message: Message): Message => {
  if (parseEmail(message.to)?.email === message.to) return message
  throw Object.assign(new Error('the letter has not exactly one address'), {
    code: 'EADDRESS',
    permanent: true,
  })
}

const record = (
  { log, metrics, smtpUrl, folder }: MailerOptions,
  { to, letter: { kind } }: Mail,
  outcome: MailOutcome,
  error: unknown,
): void => {
  metrics.mail(kind, outcome)
  const fields = { kind, recipient: recipientMark(to), ...deliveryFault(error) }
  if (outcome === 'failed') log.error(fields, 'a letter could not be delivered and is given up')
  if (outcome !== 'dropped') return
  if (smtpUrl === undefined && folder === undefined)
    log.warn(fields, 'a letter was dropped: there is no SMTP_URL')
  else log.error(fields, 'a letter was dropped: too many wait, or the server stops')
}
