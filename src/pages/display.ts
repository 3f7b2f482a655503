import type { Asker } from '../oidc/interactions.ts'
import type { AskerView } from './page-locals.ts'

const LONGEST = 48

/**
 * A name that a stranger chose, as one short line: no control characters, no direction overrides or invisible
 * characters, no towers of combining marks (N-18, X-35).
 *
 * @returns an empty string if nothing visible is left
 */
export const displayName = (name: string): string => {
  const line = name
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\s\u115f\u1160\u3164\uffa0\u2800]+/gu, ' ')
    .replace(/(\p{M}{2})\p{M}+/gu, '$1')
    .trim()
  const points = [...line]
  return points.length <= LONGEST
    ? line
    : `${points
        .slice(0, LONGEST - 1)
        .join('')
        .trimEnd()}…`
}

/** The first letter of a name, for its tile or face. */
export const initial = (name: string): string => ([...name][0] ?? '?').toUpperCase()

/** A link that a stranger gave is followed only if it is a web page (C-10 to C-12). */
const webPage = (uri: string | undefined): URL | undefined => {
  const url = uri !== undefined && URL.canParse(uri) ? new URL(uri) : undefined
  return url && ['https:', 'http:'].includes(url.protocol) && !url.username && !url.password ? url : undefined
}

export const askerView = (asker: Asker): AskerView => {
  const name = displayName(asker.name) || displayName(asker.clientId) || '?'
  const homePage = webPage(asker.homePage)
  return {
    name,
    initial: initial(name),
    host: asker.host,
    homePage: homePage && { href: homePage.href, host: homePage.host },
    policyUri: webPage(asker.policyUri)?.href,
    tosUri: webPage(asker.tosUri)?.href,
    unverified: asker.selfRegistered,
  }
}
