import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type MailWish, parseMail, type ReceivedMail, takeMail } from './received-mail.ts'

export { linkIn } from './received-mail.ts'

export interface MailFiles {
  /** Takes the oldest mail that fits and was not taken yet; waits up to 10 seconds. */
  next(wish?: MailWish): Promise<ReceivedMail>
  /** All mails so far, oldest first. */
  all(): Promise<ReceivedMail[]>
}

/**
 * The mail of a server that has no `SMTP_URL`.
 *
 * @param home as `startServer` and `startDeployment` give it
 */
export const mailFiles = ({ home }: { home: string }): MailFiles => {
  const folder = join(home, 'data', 'mail')
  const all = async (): Promise<ReceivedMail[]> => {
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.eml')).sort()
    return Promise.all(names.map(async (name) => parseMail(await readFile(join(folder, name), 'utf8'))))
  }
  const taken = new Set<string>()
  return { all, next: (wish = {}) => takeMail(all, taken, wish) }
}
