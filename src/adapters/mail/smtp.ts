import type { Sender } from '../../domain/sender.ts'
import { composed, type Transport } from './message.ts'

/** Milliseconds: to connect, to be greeted, without a byte, and to resolve the name. */
const TIMEOUTS = {
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 20_000,
  dnsTimeout: 5_000,
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/

/** A password may hold a bare `%`. */
const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * What `SMTP_URL` says: `smtp://[user:password@]host[:port]` or `smtps://…`; `?requireTLS=true` and `?ignoreTLS=true`.
 *
 * STARTTLS is used wherever it is offered, and certificates are checked, but for this machine itself: nobody is in
 * between, and a mail server at localhost has a certificate of its own making. A password is sent to another machine
 * over TLS only.
 */
export const smtpOptions = (smtpUrl: string) => {
  const { protocol, hostname, port, username, password, searchParams } = new URL(smtpUrl)
  const isLocal = LOOPBACK.test(hostname)
  const hasLogin = username !== ''
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    ...(port === '' ? {} : { port: Number(port) }),
    secure: protocol === 'smtps:',
    requireTLS: searchParams.get('requireTLS') === 'true' || (hasLogin && !isLocal),
    ignoreTLS: searchParams.get('ignoreTLS') === 'true',
    ...(hasLogin ? { auth: { user: decoded(username), pass: decoded(password) } } : {}),
    tls: { rejectUnauthorized: !isLocal },
  }
}

/** Delivers over SMTP, with a connection for each message. nodemailer costs memory, so it is loaded with the first. */
export const smtpTransport = ({ smtpUrl, from }: { smtpUrl: string; from: Sender }): Transport => {
  const open = async () => {
    const { createTransport } = await import('nodemailer')
    return createTransport({
      ...smtpOptions(smtpUrl),
      ...TIMEOUTS,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
  }
  let opened: ReturnType<typeof open> | undefined
  return async (message) => {
    opened ??= open()
    const transport = await opened
    await transport.sendMail(composed(message, from))
  }
}
