import bowser from 'bowser'

export type DeviceKind = 'computer' | 'phone' | 'tablet' | 'program'

/** What a user agent says it is; nobody has checked it. */
export interface Device {
  /** Such as `Firefox`; undefined where it says nothing that is known. */
  client: string | undefined
  /** Such as `macOS`. */
  system: string | undefined
  kind: DeviceKind
}

/** No regular expression sees more than this of a header that anybody can write. */
const LONGEST = 256

/** A user agent as it is kept: one line of bounded length. */
export const cleanUserAgent = (userAgent: string | undefined): string | undefined =>
  userAgent
    ?.slice(0, LONGEST)
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .trim() || undefined

const BROWSERS = new Set<string>(Object.values(bowser.BROWSER_MAP))
const SYSTEMS = new Set<string>(Object.values(bowser.OS_MAP))
const KINDS = new Map<string | undefined, DeviceKind>([
  ['desktop', 'computer'],
  ['tv', 'computer'],
  ['mobile', 'phone'],
  ['tablet', 'tablet'],
])

const known = (name: string | undefined, names: Set<string>): string | undefined =>
  name !== undefined && names.has(name) ? name : undefined

/** RFC 9110 §10.1.5: a program begins with its own name. */
const product = (userAgent: string): string | undefined => /^[A-Za-z][\w.-]{0,30}/.exec(userAgent)?.[0]

/** The device behind a user agent, by names from a closed list; of a program the name it gives itself. */
export const deviceOf = (userAgent: string | undefined): Device => {
  const cleaned = cleanUserAgent(userAgent)
  if (cleaned === undefined) return { client: undefined, system: undefined, kind: 'program' }
  const { browser, os, platform } = bowser.parse(cleaned)
  const client = known(browser.name, BROWSERS)
  const system = known(os.name, SYSTEMS)
  const kind = KINDS.get(platform.type)
  if (client !== undefined && kind !== undefined) return { client, system, kind }
  if (kind !== undefined) return { client: undefined, system, kind }
  return { client: client ?? product(cleaned), system, kind: 'program' }
}

/** In English, for programs and mails: `Firefox on macOS`. */
export const deviceName = ({ client = 'Unknown browser', system }: Device): string =>
  system === undefined ? client : `${client} on ${system}`
