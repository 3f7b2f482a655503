import type { SettingName } from './settings.ts'

/** The settings as texts, defaults included; one that is at fault by itself counts as unset. */
export interface Texts {
  text(name: SettingName): string | undefined
  development: boolean
}

export interface Breach {
  name: SettingName
  wanted: string
}

type Rule = (texts: Texts) => Breach[]

/** The one of two that is missing. */
const together =
  (one: SettingName, other: SettingName): Rule =>
  ({ text }) => {
    if ((text(one) === undefined) === (text(other) === undefined)) return []
    const [missing, present] = text(one) === undefined ? [one, other] : [other, one]
    return [{ name: missing, wanted: `a value, as ${present} has one: both or neither` }]
  }

/** The second of two, if it is the same. */
const different =
  (one: SettingName, other: SettingName): Rule =>
  ({ text }) =>
    text(other) !== undefined && text(one) === text(other)
      ? [{ name: other, wanted: `another port than ${one}` }]
      : []

/** Client certificates are asked for in a TLS handshake. */
const clientCertificatesNeedTls: Rule = ({ text }) =>
  text('GRPC_TLS_CLIENT_CA') !== undefined && text('GRPC_TLS_CERT') === undefined
    ? [{ name: 'GRPC_TLS_CERT', wanted: 'a value, as GRPC_TLS_CLIENT_CA has one' }]
    : []

/** Several processes have to share them, so no local file will do. */
const scaleSharesKeys: Rule = ({ text }) => {
  if (text('MONGODB_URL') === undefined || text('REDIS_URL') === undefined) return []
  const keys = ['COOKIE_KEYS', 'SEALING_KEY'] as const
  return keys
    .filter((name) => text(name) === undefined)
    .map((name) => ({ name, wanted: 'a value: scale mode needs it' }))
}

/** One process holds the data file of the embedded store for itself. */
const workersNeedScale: Rule = ({ text }) => {
  const isScale = text('MONGODB_URL') !== undefined && text('REDIS_URL') !== undefined
  if (isScale || text('WORKERS') === '1' || text('WORKERS') === undefined) return []
  return [
    {
      name: 'WORKERS',
      wanted: '1: the embedded store works in one process; with MONGODB_URL and REDIS_URL there may be more',
    },
  ]
}

const SAMPLE =
  /change|example|sample|secret|password|placeholder|replace|default|insecure|your[-_ ]|0123456789|abcdefgh/i
const FEWEST_DISTINCT = 8

const looksLikeSample = (key: string): boolean =>
  new Set(key).size < FEWEST_DISTINCT ||
  SAMPLE.test(key) ||
  SAMPLE.test(Buffer.from(key, 'base64').toString())

/** A secret that others can look up is none. */
const ownSecrets: Rule = ({ text, development }) => {
  if (development) return []
  const password = text('BOOTSTRAP_ADMIN_PASSWORD')
  const secrets: [SettingName, string[]][] = [
    ['COOKIE_KEYS', text('COOKIE_KEYS')?.split(',') ?? []],
    ['SEALING_KEY', text('SEALING_KEY')?.split(',') ?? []],
    ['BOOTSTRAP_ADMIN_PASSWORD', password === undefined ? [] : [password]],
  ]
  return secrets
    .filter(([, values]) => values.some(looksLikeSample))
    .map(([name]) => ({ name, wanted: 'a secret of your own, not a sample' }))
}

/** OWASP Password Storage (N-50): KiB and passes of argon2id that are about equally strong. */
const STRONG_ENOUGH = [
  [47_104, 1],
  [19_456, 2],
  [12_288, 3],
  [9_216, 4],
  [7_168, 5],
] as const

const strongHashes: Rule = ({ text, development }) => {
  const memory = Number(text('ARGON2_MEMORY'))
  const passes = Number(text('ARGON2_TIME'))
  if (Number.isNaN(memory + passes)) return []
  const isWeak = !STRONG_ENOUGH.some(([least, time]) => memory >= least && passes >= time)
  return isWeak && !development
    ? [{ name: 'ARGON2_MEMORY', wanted: 'at least 19456 with ARGON2_TIME=2, or 47104 with 1' }]
    : []
}

/** Mail without a sender is refused by most servers; a proof of an address needs mail. */
const mailIsWhole: Rule = ({ text }) => [
  ...(text('SMTP_URL') !== undefined && text('MAIL_FROM') === undefined
    ? [{ name: 'MAIL_FROM' as const, wanted: 'a value, as SMTP_URL has one' }]
    : []),
  ...(text('REGISTRATION') === 'verified' && text('SMTP_URL') === undefined
    ? [{ name: 'SMTP_URL' as const, wanted: 'a value: REGISTRATION=verified proves addresses by mail' }]
    : []),
]

/** What no setting can know alone. */
export const rules: readonly Rule[] = [
  together('MONGODB_URL', 'REDIS_URL'),
  scaleSharesKeys,
  workersNeedScale,
  different('PORT', 'MANAGEMENT_PORT'),
  different('PORT', 'GRPC_PORT'),
  different('MANAGEMENT_PORT', 'GRPC_PORT'),
  together('GRPC_TLS_CERT', 'GRPC_TLS_KEY'),
  clientCertificatesNeedTls,
  together('BOOTSTRAP_ADMIN_EMAIL', 'BOOTSTRAP_ADMIN_PASSWORD'),
  ownSecrets,
  strongHashes,
  mailIsWhole,
]
