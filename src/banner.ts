export interface BannerFacts {
  issuer: string
  dataDir: string
  /** Only at the start that made it; the password only if nobody had chosen it. */
  admin: { email: string; password: string | undefined } | undefined
  clients: readonly string[]
}

/** What a newcomer reads after `npm start`; development only. */
export const banner = ({ issuer, dataDir, admin, clients }: BannerFacts): string =>
  [
    '',
    `  Gatehouse is ready at ${issuer}`,
    '',
    `  Playground     ${issuer}/playground`,
    `  Discovery      ${issuer}/.well-known/openid-configuration`,
    `  Demo clients   ${clients.join(', ')}`,
    ...(admin ? [`  First admin    ${admin.email}`] : []),
    ...(admin?.password === undefined
      ? []
      : [`  Password       ${admin.password}`, '                 It is shown this once.']),
    `  Data           ${dataDir}`,
    '  Mail           none is sent in this release',
    '',
    '  This is a development start: demo clients exist and the issuer is this machine.',
    '',
    '',
  ].join('\n')
