import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type OpenedStore, openStore } from '../../src/store/index.ts'
import { gatehouse } from '../support/command.ts'
import { newHome } from '../support/home.ts'
import { scaleUrls, services } from '../support/services/index.ts'
import { fill, ISSUER, SEALING_KEY } from './arrange.ts'

const ACCOUNTS = process.env.LONG === '1' ? 10_000 : 200

/** Milliseconds; on a busy machine each takes its time to start. */
const SIX_COMMANDS = 900_000

/** An empty place for data, as the settings of a server name it. */
interface Place {
  home: string
  env: Record<string, string>
  open(): Promise<OpenedStore>
}

const shared = {
  ISSUER,
  COOKIE_KEYS: 'a-cookie-key-of-more-than-thirty-two-characters',
  SEALING_KEY: SEALING_KEY.toString('base64'),
}

const parts = {
  role: 'cli',
  now: Date.now,
  log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  metrics: { store: () => undefined },
} as const

const embedded = (): Place => {
  const home = newHome()
  return { home, env: shared, open: () => openStore({ ...parts, dataDir: join(home, 'data') }) }
}

const scale = (): Place => {
  const home = newHome()
  const urls = scaleUrls()
  const settings = { mongodbUrl: urls.MONGODB_URL, redisUrl: urls.REDIS_URL }
  return {
    home,
    env: { ...shared, ...urls },
    open: () => openStore({ ...parts, dataDir: join(home, 'data'), scale: settings }),
  }
}

const run = ({ home, env }: Place, args: string[]) => gatehouse({ home, port: 3000 }, args, { env })

/** The path of a new export of what is there. */
const exportFrom = async (place: Place): Promise<string> => {
  const path = join(place.home, 'export.ndjson')
  const { code, out, err } = await run(place, ['export', '--out', path])
  expect(err).toContain(` ${ACCOUNTS} accounts, ${ACCOUNTS / 2} consents, ${ACCOUNTS} audit events. Keep it`)
  expect({ code, out }).toEqual({ code: 0, out: '' })
  return path
}

const importInto = async (place: Place, path: string): Promise<void> => {
  const { code, out, err } = await run(place, ['import', path])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain(`added     3 documents, 2 clients, ${ACCOUNTS} accounts, `)
}

/** Everything but the header. */
const recordsOf = (path: string): string => {
  const text = readFileSync(path, 'utf8')
  return text.slice(text.indexOf('\n'))
}

const hasServices = services() !== undefined
const ways = [
  { from: 'embedded', to: 'embedded', source: embedded, target: embedded, isPossible: true },
  { from: 'embedded', to: 'scale', source: embedded, target: scale, isPossible: hasServices },
  { from: 'scale', to: 'embedded', source: scale, target: embedded, isPossible: hasServices },
]

describe.each(ways)('from $from to $to mode', ({ source, target, isPossible }) => {
  it.skipIf(!isPossible)(
    `moves ${ACCOUNTS} accounts there and back and changes no byte`,
    {
      timeout: SIX_COMMANDS,
    },
    async () => {
      const [first, there, back] = [source(), target(), source()]
      const store = await first.open()
      try {
        await fill(store, { accounts: ACCOUNTS })
      } finally {
        await store.close()
      }
      const exported = await exportFrom(first)
      await importInto(there, exported)
      const moved = await exportFrom(there)
      await importInto(back, moved)
      const returned = await exportFrom(back)
      expect(recordsOf(moved)).toBe(recordsOf(exported))
      expect(recordsOf(returned)).toBe(recordsOf(exported))
      const again = await run(back, ['import', exported])
      expect(again.out).toMatch(new RegExp(`^ {2}present .* ${ACCOUNTS} accounts,`, 'm'))
      expect(again.out).toMatch(/^ {2}added {5}0 documents, 0 clients, 0 accounts, 0 consents, 0 audit/m)
    },
  )
})
