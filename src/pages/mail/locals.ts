/** What the pages of the development's mail need. */
export interface MailLocals {
  'mail-list': { mails: { href: string; subject: string; to: string; at: string; atText: string }[] }
  'mail-letter': {
    subject: string
    to: string
    /** ISO 8601, UTC. */
    at: string
    atText: string
    /** Paragraphs of the text part, each of lines. */
    text: MailLine[][]
    /** Path of the HTML part. */
    htmlPath: string
  }
}

/** `href` where the whole line is a link to this server. */
export interface MailLine {
  text: string
  href: string | undefined
}
