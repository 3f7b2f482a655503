export interface BannerFacts {
  issuer: string
  dataDir: string
  scale: object | undefined
  clients: readonly string[]
  mail: { smtpUrl: string | undefined }
}

/** What a newcomer reads after `npm start`; development only. */
export const banner = ({ issuer, dataDir, scale, clients, mail }: BannerFacts): string =>
  [
    '',
    `  Gatehouse is ready at ${issuer}`,
    '',
    `  Playground     ${issuer}/playground`,
    `  Your account   ${issuer}/account`,
    `  Discovery      ${issuer}/.well-known/openid-configuration`,
    `  Demo clients   ${clients.join(', ')}`,
    `  Data           ${scale ? 'MongoDB and Redis' : dataDir}`,
    `  Mail           ${mail.smtpUrl === undefined ? `${issuer}/mail` : `sent by ${new URL(mail.smtpUrl).host}`}`,
    '',
    '  This is a development start: demo clients exist and the issuer is this machine.',
    '',
    '',
  ].join('\n')

/**
 * What the start that makes the first administrator says about it.
 *
 * @param admin the password only if nobody had chosen it
 */
export const firstAdmin = ({ email, password }: { email: string; password: string | undefined }): string =>
  [
    '',
    `  First admin    ${email}`,
    ...(password === undefined
      ? []
      : [`  Password       ${password}`, '                 It is shown this once.']),
    '',
  ].join('\n')
