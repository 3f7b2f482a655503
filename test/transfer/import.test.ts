import { hash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { sealer as createSealer } from '../../src/adapters/sealer.ts'
import { storeUnavailable } from '../../src/store/unavailable.ts'
import { headerLine, SEALING_PROOF, trailerLine } from '../../src/transfer/format.ts'
import { noCounts, total } from '../../src/transfer/records.ts'
import type { Durable } from '../../src/transfer/stored-records.ts'
import { fullAccount } from '../contract/account-life.ts'
import { account, START } from '../contract/open-for-test.ts'
import { openTestStore } from '../store/sqlite/data-dir.ts'
import { contents, exported, fill, ISSUER, imported, keysOf, SEALING_KEY, sealer } from './arrange.ts'

/** Documents, clients, accounts, consents and events of `fill`. */
const RECORDS = 3 + 2 + 3 + 2 + 3

const filled = async (): Promise<Durable> => {
  const store = await openTestStore()
  await fill(store)
  return store
}
const EMPTY = trailerLine({ counts: noCounts(), sha256: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU' })
const isEmpty = async (store: Durable): Promise<boolean> => (await contents(store)).join('') === EMPTY

type Write = <Result>(work: () => Promise<Result>) => Promise<Result>

/** The store with something around each of its writes. */
const writing = (store: Durable, around: Write): Durable => {
  const { documents, clients, accounts, consents, audit } = store
  return {
    documents: { ...documents, write: (...given) => around(() => documents.write(...given)) },
    clients: { ...clients, insert: (client) => around(() => clients.insert(client)) },
    accounts: { ...accounts, insert: (account) => around(() => accounts.insert(account)) },
    consents: { ...consents, add: (consent) => around(() => consents.add(consent)) },
    audit: { ...audit, append: (event) => around(() => audit.append(event)) },
  }
}

/** The store until its `allowed` writes are used up; then it is away for good. */
const failing = (store: Durable, allowed: number): Durable => {
  let left = allowed
  return writing(store, async (work) => {
    if (left === 0) throw storeUnavailable('cut')
    left--
    return work()
  })
}

it('moves every record with its hashes and sealed keys into an empty store', async () => {
  const [source, target] = [await filled(), await openTestStore()]
  const { added, present, replaced } = await imported(target, await exported(source))
  expect(added).toEqual({ document: 3, client: 2, account: 3, consent: 2, audit: 3 })
  expect([total(present), total(replaced)]).toEqual([0, 0])
  expect(await contents(target)).toEqual(await contents(source))
  expect(await target.accounts.find('sub-00001')).toEqual(await source.accounts.find('sub-00001'))
  expect((await keysOf(target).load()).jwks()).toEqual((await keysOf(source).load()).jwks())
})

it('moves second factors, narrowed roles, removed clients and a waiting deletion', async () => {
  const [source, target] = [await openTestStore(), await openTestStore()]
  await source.accounts.insert(fullAccount('kim'))
  await imported(target, await exported(source))
  expect(await target.accounts.find('kim')).toEqual(fullAccount('kim'))
  expect(await target.accounts.due({ before: START + 1000, limit: 9 })).toHaveLength(1)
})

it('R-26 takes the accounts of a file of the former release, again and again without any effect', async () => {
  const [source, target] = [await filled(), await openTestStore()]
  const [header = '', ...lines] = await exported(source)
  const former = lines
    .slice(0, -1)
    .map((line) => line.replace('"clientsValidAfter":[],', '').replace('"factors":{"passkeys":[]},', ''))
  const sha256 = hash('sha256', former.join(''), 'base64url')
  const counts = { document: 3, client: 2, account: 3, consent: 2, audit: 3 }
  const file = [header, ...former, trailerLine({ counts, sha256 })]
  expect(file.join('')).not.toMatch(/factors|clientsValidAfter|deletion|passwordChangedAt/)
  expect(total((await imported(target, file)).added)).toBe(RECORDS)
  expect(await contents(target)).toEqual(await contents(source))
  const { added, present } = await imported(target, file)
  expect([total(added), total(present)]).toEqual([0, RECORDS])
})

it('exports equal data as equal lines but for the first, and a store without data as none', async () => {
  const store = await filled()
  const [first, ...lines] = await exported(store)
  const [other, ...same] = await exported(store, { at: START + 1 })
  expect(same).toEqual(lines)
  expect(other).not.toBe(first)
  expect(lines).toHaveLength(RECORDS + 1)
  expect(await isEmpty(await openTestStore())).toBe(true)
})

it('leaves counters of changes behind', async () => {
  const [source, target] = [await filled(), await openTestStore()]
  await source.accounts.replace(account('sub-00001', { emailKey: 'person.00001@example.com' }))
  await imported(target, await exported(source))
  expect((await source.accounts.find('sub-00001'))?.version).toBe(2)
  expect((await target.accounts.find('sub-00001'))?.version).toBe(1)
})

it('is repeated without any effect', async () => {
  const [source, target] = [await filled(), await openTestStore()]
  const lines = await exported(source)
  await imported(target, lines)
  const { added, present } = await imported(target, lines)
  expect([total(added), total(present)]).toEqual([0, RECORDS])
  expect(await contents(target)).toEqual(await contents(source))
})

it('goes on after an interruption at any record', async () => {
  const source = await filled()
  const lines = await exported(source)
  for (let written = 0; written < RECORDS; written++) {
    const target = await openTestStore()
    await expect(imported(failing(target, written), lines)).rejects.toThrow(
      /^The import stopped at line \d+ \(\w+\)\. The store refused \(store_unavailable\)\. .* run the import again to go on\.$/,
    )
    const { added, present } = await imported(target, lines)
    expect([total(present), total(added)]).toEqual([written, RECORDS - written])
    expect(await contents(target)).toEqual(await contents(source))
  }
})

it('waits for a store that is away for a moment', async () => {
  const [source, target] = [await filled(), await openTestStore()]
  let calls = 0
  const shaky = writing(target, async (work) => {
    calls++
    if (calls % 3 !== 0) throw storeUnavailable('a moment')
    return work()
  })
  expect(total((await imported(shaky, await exported(source))).added)).toBe(RECORDS)
  expect(await contents(target)).toEqual(await contents(source))
})

it('stores a record once when the answer to its write was lost', async () => {
  const [source, target] = [await filled(), await openTestStore()]
  let calls = 0
  const deaf = writing(target, async (work) => {
    const answer = await work()
    calls++
    if (calls <= RECORDS) throw storeUnavailable('the answer was lost')
    return answer
  })
  const { added, present } = await imported(deaf, await exported(source))
  expect(total(added) + total(present)).toBe(RECORDS)
  expect(await contents(target)).toEqual(await contents(source))
})

it('exports from a store that is away for a moment', async () => {
  const store = await filled()
  let calls = 0
  const shaky: Durable = {
    ...store,
    audit: {
      ...store.audit,
      async list(options) {
        calls++
        if (calls % 2 === 1) throw storeUnavailable('a moment')
        return store.audit.list(options)
      },
    },
  }
  expect(await exported(shaky)).toEqual(await exported(store))
})

it('writes nothing in a dry run, and tells what an import would do', async () => {
  const [source, target] = [await filled(), await openTestStore()]
  const { added } = await imported(target, await exported(source), { dryRun: true })
  expect(total(added)).toBe(RECORDS)
  expect(await isEmpty(target)).toBe(true)
})

describe('a file that is not sound changes nothing', () => {
  const refused = async (lines: readonly string[], sentence: string): Promise<void> => {
    const target = await openTestStore()
    await expect(imported(target, lines)).rejects.toThrow(sentence)
    expect(await isEmpty(target)).toBe(true)
  }

  it('cut off after any line', async () => {
    const lines = await exported(await filled())
    for (let kept = 1; kept < lines.length; kept++)
      await refused(lines.slice(0, kept), 'The file is cut off: its last line is not the end')
  })

  it('cut off within a line, or empty', async () => {
    const lines = await exported(await filled())
    await refused([lines.join('').slice(0, -1)], `line ${RECORDS + 2} has no end`)
    await refused([lines.join('').slice(0, -400)], 'The file is cut off')
    await refused([], 'The file is empty.')
  })

  it('with a line altered, taken out, doubled or put after the end', async () => {
    const lines = await exported(await filled())
    const altered = lines.map((line) => line.replace('Person.00001@', 'Person.0000l@'))
    await refused(altered, 'A line was altered: the check sum')
    await refused(lines.toSpliced(5, 1), 'Lines are missing or were added')
    await refused(lines.toSpliced(5, 0, lines[5] ?? ''), 'Lines are missing or were added')
    await refused([...lines, lines[5] ?? ''], `Line ${RECORDS + 3} comes after the end`)
    await refused(
      lines.with(-3, lines.at(-2) ?? '').with(-2, lines.at(-3) ?? ''),
      `Line ${RECORDS + 1} is out of order`,
    )
    await refused(lines.toSpliced(5, 1, '{"kind":"session","record":{}}\n'), 'Line 6 is no record')
  })
})

describe('an export that would not work here is refused before anything is written', () => {
  it('of another issuer, naming both', async () => {
    const target = await openTestStore()
    const lines = await exported(await filled(), { issuer: 'https://other.example' })
    const attempt = imported(target, lines)
    await expect(attempt).rejects.toThrow(`of the issuer https://other.example, and this is ${ISSUER}`)
    expect(await isEmpty(target)).toBe(true)
  })

  it('made under another sealing key, until that one is set beside the present one', async () => {
    const target = await openTestStore()
    const lines = await exported(await filled())
    const other = Buffer.alloc(32, 9)
    await expect(imported(target, lines, { by: createSealer([other]) })).rejects.toThrow(
      'made under another SEALING_KEY',
    )
    expect(await isEmpty(target)).toBe(true)
    await imported(target, lines, { by: createSealer([SEALING_KEY, other]) })
    expect(await isEmpty(target)).toBe(false)
  })

  it('with signing keys that were sealed under a key that even its header does not know', async () => {
    const source = await filled()
    const target = await openTestStore()
    const by = createSealer([Buffer.alloc(32, 9)])
    const lines = await exported(source, { by })
    await expect(imported(target, lines, { by })).rejects.toThrow(
      /^Line \d+: the signing key \S+ cannot be opened/,
    )
    expect(await isEmpty(target)).toBe(true)
  })
})

describe('a store that holds something else', () => {
  /** A store that a server has started on, as it were. */
  const used = async (): Promise<Durable> => {
    const store = await openTestStore()
    await keysOf(store).load()
    await store.clients.insert({ clientId: 'shop', metadata: { client_name: 'whispered' }, version: 1 })
    await store.accounts.insert(account('sub-00001', { emailKey: 'person.00001@example.com' }))
    await store.consents.add({
      sub: 'sub-00000',
      clientId: 'shop',
      scopes: ['openid', 'phone'],
      resources: {},
      updatedAt: START,
    })
    return store
  }

  it('is left as it is; the conflicts are listed by kind and id, never a value', async () => {
    const target = await used()
    const before = await contents(target)
    const lines = await exported(await filled())
    const error = await imported(target, lines).catch((error: Error) => error)
    expect(error).toBeInstanceOf(Error)
    const { message } = error instanceof Error ? error : new Error()
    expect(message).toContain('the store holds something else in the place of 4 records')
    for (const conflict of [
      'document signing-keys',
      'client shop',
      'account sub-00001',
      'consent sub-00000 for shop',
    ])
      expect(message).toMatch(new RegExp(`^  line \\d+, ${conflict}$`, 'm'))
    expect(message).toContain('--overwrite')
    expect(message).not.toMatch(/whispered|argon2|person|phone/i)
    expect(await contents(target)).toEqual(before)
  })

  it('becomes equal to the export with --overwrite, and a dry run tells that first', async () => {
    const [source, target] = [await filled(), await used()]
    const lines = await exported(source)
    const before = await contents(target)
    const planned = await imported(target, lines, { overwrite: true, dryRun: true })
    expect(await contents(target)).toEqual(before)
    const done = await imported(target, lines, { overwrite: true })
    expect(done).toEqual(planned)
    expect(total(done.replaced)).toBe(4)
    expect(await contents(target)).toEqual(await contents(source))
  })

  it('lists the first twenty conflicts and counts the others', async () => {
    const [source, target] = [await openTestStore(), await openTestStore()]
    await fill(source, { accounts: 30 })
    for (let n = 0; n < 30; n++) {
      const id = String(n).padStart(5, '0')
      await target.accounts.insert(account(`sub-${id}`, { emailKey: `person.${id}@example.com` }))
    }
    const attempt = imported(target, await exported(source))
    await expect(attempt).rejects.toThrow(/(?:^ {2}line \d+, account sub-\d+\n){20} {2}and 10 more$/m)
  })

  it('keeps an address that belongs to another account here, overwriting or not', async () => {
    const target = await openTestStore()
    await target.accounts.insert(account('stranger', { emailKey: 'person.00001@example.com' }))
    const before = await contents(target)
    const attempt = imported(target, await exported(await filled()), { overwrite: true })
    await expect(attempt).rejects.toThrow(
      /account sub-00001: its e-mail address belongs to the account stranger here\n(?:.*\n)*--overwrite does not solve 1 of them/,
    )
    expect(await contents(target)).toEqual(before)
  })

  it('keeps an event with the id of another one', async () => {
    const [source, target] = [await filled(), await openTestStore()]
    const [event] = await source.audit.list({ limit: 1 })
    expect(event).toBeDefined()
    if (event) await target.audit.append({ ...event, type: 'forged' })
    const attempt = imported(target, await exported(source), { overwrite: true })
    await expect(attempt).rejects.toThrow('events are never changed')
  })

  it('stops at a record that somebody changed after the comparison', async () => {
    const [source, target] = [await filled(), await openTestStore()]
    const lines = await exported(source)
    let isRaced = false
    const racing: Durable = {
      ...target,
      documents: {
        ...target.documents,
        async write(name, value, expected) {
          if (!isRaced && name === 'access') {
            isRaced = true
            await target.documents.write(name, { roles: ['of a server that started'] }, 0)
          }
          return target.documents.write(name, value, expected)
        },
      },
    }
    await expect(imported(racing, lines)).rejects.toThrow(
      'The import stopped at line 2 (document). It was changed here since the import began.',
    )
    expect((await target.documents.read('access'))?.value).toEqual({ roles: ['of a server that started'] })
  })
})

it('proves the sealing keys in its header without telling them', async () => {
  const [header = ''] = await exported(await filled())
  expect(header).toBe(
    headerLine({
      issuer: ISSUER,
      exported_at: new Date(START).toISOString(),
      sealing: sealer.macs(...SEALING_PROOF),
    }),
  )
  expect(header).not.toContain(SEALING_KEY.toString('base64').slice(0, 8))
})
