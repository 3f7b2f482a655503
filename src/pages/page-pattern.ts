const exact = new Set([
  '/',
  '/register',
  '/register/done',
  '/playground',
  '/favicon.ico',
  '/.well-known/security.txt',
])
const STEP = /^\/interaction\/[^/]+(\/(?:sign-in|register|consent|cancel))?$/

/** The pattern of a page's path, one of a few; what is no page of ours is `other`. */
export const pagePattern = (path: string): string => {
  if (exact.has(path)) return path
  if (path.startsWith('/assets/')) return '/assets/:file'
  const step = STEP.exec(path)
  return step ? `/interaction/:uid${step[1] ?? ''}` : 'other'
}
