import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../../domain/observe.ts'
import type { Clock } from '../../domain/ports.ts'
import type { Sender } from '../../domain/sender.ts'
import { composed, type Transport } from './message.ts'
import { type ReadMail, readMail } from './read-mail.ts'

/** Mail as files, for a development without a mail server. */
export interface LetterBox {
  put: Transport
  /** Newest first. */
  list(): Promise<(ReadMail & { name: string })[]>
  /** @param name as `list` gives it; anything else finds nothing */
  read(name: string): Promise<ReadMail | undefined>
}

export interface LetterBoxParts {
  folder: string
  from: Sender
  log: Pick<Log, 'info'>
  now: Clock
}

const MOST_LISTED = 100

/** Letters hold links that work: the folder and its files are for the owner of the process only. */
export const letterBox = ({ folder, from, log, now }: LetterBoxParts): LetterBox => {
  const names = async (): Promise<string[]> => {
    const files = await readdir(folder).catch(() => [])
    return files.filter((name) => name.endsWith('.eml')).sort()
  }
  const open = async (name: string): Promise<ReadMail> => readMail(await readFile(join(folder, name), 'utf8'))
  return {
    async put(message) {
      const { createTransport } = await import('nodemailer')
      const transport = createTransport({ streamTransport: true, buffer: true, newline: 'unix' })
      const { message: text } = await transport.sendMail(composed(message, from))
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const name = `${new Date(now()).toISOString().replaceAll(':', '-')}-${randomBytes(4).toString('hex')}.eml`
      // Under its name it is whole.
      const draft = join(folder, `${name}.part`)
      await writeFile(draft, String(text), { mode: 0o600, flag: 'wx' })
      await rename(draft, join(folder, name))
      log.info({ file: join(folder, name) }, 'a letter was written: there is no SMTP_URL')
    },
    // What the folder lists has no path in it.
    read: async (name) => ((await names()).includes(name) ? open(name) : undefined),
    async list() {
      const newest = (await names()).reverse().slice(0, MOST_LISTED)
      return Promise.all(newest.map(async (name) => ({ name, ...(await open(name)) })))
    },
  }
}
