import { join } from 'node:path'
import type { Foundation } from '../build.ts'
import { type Links, links } from '../domain/links.ts'
import type { SendMail } from '../domain/mail.ts'
import { compileTemplates } from '../pages/templates.ts'
import { type Face, VIEWS } from './face.ts'

/** How the rules write to people. */
export interface MailParts {
  sendMail: SendMail
  /** Letters reach somebody: there is a mail server, or this is a development, where they are files. */
  mailReady: boolean
  links: Links
}

/** @throws Error if the view of the letters is missing or broken */
export const openMail = ({ mailer, config }: Foundation, { words }: Face): MailParts => {
  const view = compileTemplates(join(VIEWS, 'mail')).get('letter')
  if (view === undefined) throw new Error('There is no view mail/letter.ejs')
  return {
    sendMail: mailer.speaking({ words, view }),
    mailReady: mailer.isReady,
    links: links(config.issuer),
  }
}
