const exact = new Set([
  '/',
  '/register',
  '/register/done',
  '/playground',
  '/auth/docs',
  '/favicon.ico',
  '/mail',
  '/.well-known/security.txt',
  '/.well-known/change-password',
  '/.well-known/passkey-endpoints',
  '/register/confirm',
  '/register/sent',
  '/recover',
  '/recover/sent',
  '/reset',
  '/reset/done',
  '/verify',
  '/verify/done',
  '/account/address',
  '/account/address/done',
])
/** Pages of the account console. */
const console = new Set([
  '/account',
  '/account/activity',
  '/account/applications',
  '/account/applications/remove',
  '/account/callback',
  '/account/data',
  '/account/devices',
  '/account/devices/end',
  '/account/devices/everywhere',
  '/account/devices/others',
  '/account/email',
  '/account/email/proof',
  '/account/leave',
  '/account/left',
  '/account/password',
  '/account/profile',
  '/account/restore',
  '/account/restore/done',
  '/account/security',
  '/account/security/app',
  '/account/security/app/remove',
  '/account/security/codes',
  '/account/security/codes/saved',
  '/account/security/passkey',
  '/account/security/passkey/name',
  '/account/security/passkey/options',
  '/account/security/passkey/remove',
  '/account/sign-out',
  '/account/signed-out',
])
const LETTER = /^\/mail\/[^/]+(\/html)?$/
const STEP =
  /^\/interaction\/[^/]+(\/(?:sign-in|register|consent|cancel|second-factor|passkey(?:\/options)?|enrol(?:\/passkey(?:\/options)?)?|codes-saved|restart|restore))?$/

/** The pattern of a page's path, one of a few; what is no page of ours is `other`. */
export const pagePattern = (path: string): string => {
  if (exact.has(path) || console.has(path)) return path
  if (path.startsWith('/assets/')) return '/assets/:file'
  const letter = LETTER.exec(path)
  if (letter) return `/mail/:name${letter[1] ?? ''}`
  const step = STEP.exec(path)
  return step ? `/interaction/:uid${step[1] ?? ''}` : 'other'
}
