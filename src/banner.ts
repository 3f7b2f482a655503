export interface BannerFacts {
  issuer: string
  dataDir: string
  /** Only at the start that made it. */
  admin: { email: string; password: string } | undefined
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
    ...(admin
      ? [
          `  First admin    ${admin.email}`,
          `  Password       ${admin.password}`,
          '                 Shown once. Keep it, or make another with: npm run gatehouse -- account create --role admin',
        ]
      : []),
    `  Data           ${dataDir}`,
    '  Mail           none is sent in this release',
    '',
    '  This is a development start: demo clients exist and the issuer is this machine.',
    '',
    '',
  ].join('\n')
