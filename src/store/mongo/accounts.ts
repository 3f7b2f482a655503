import type { Account, AccountStore } from '../../domain/ports.ts'
import { accountFrom, accountRecord } from '../account-record.ts'
import { oneOf, range, where } from './filter.ts'
import { isDuplicate } from './mongo-error.ts'
import { MOST_TIME, type Parts } from './parts.ts'
import { number, type Stored, text } from './stored.ts'

const fromStored = (stored: Stored): Account =>
  accountFrom(stored, {
    sub: text(stored, '_id'),
    emailKey: text(stored, 'emailKey'),
    version: number(stored, 'version'),
  })

const members = (account: Account, version: number) => ({
  ...accountRecord(account),
  emailKey: account.emailKey,
  version,
})

export const accountStore = ({ collection, run, change, added }: Parts): AccountStore => {
  const accounts = collection('accounts')

  const load = async (field: '_id' | 'emailKey', value: string): Promise<Account | undefined> => {
    const stored = await accounts.findOne(where({ [field]: value }), MOST_TIME)
    return stored ? fromStored(stored) : undefined
  }

  const find = (sub: string) => run('accounts.find', () => load('_id', sub))

  return {
    // What nobody has yet is in nobody's memory: no intent.
    insert: (account) =>
      run('accounts.insert', async () => {
        try {
          await accounts.insertOne({ _id: account.sub, ...members(account, 1) }, MOST_TIME)
        } catch (error) {
          if (isDuplicate(error)) return { kind: 'taken' }
          throw error
        }
        added('accounts')
        return { kind: 'inserted' }
      }),
    find,
    present: find,
    findByEmailKey: (emailKey) => run('accounts.findByEmailKey', () => load('emailKey', emailKey)),
    replace: (account) =>
      change('accounts', 'accounts.replace', account.sub, async (stored) => {
        const { sub, version } = account
        try {
          const { matchedCount } = await accounts.replaceOne(
            where({ _id: sub, version }),
            members(account, version + 1),
            MOST_TIME,
          )
          if (matchedCount === 0) return { kind: 'stale' }
        } catch (error) {
          if (isDuplicate(error)) return { kind: 'taken' }
          throw error
        }
        stored()
        return { kind: 'replaced' }
      }),
    list: ({ after = '', prefix = '', limit }) =>
      run('accounts.list', async () => {
        if (limit < 1) return []
        const emailKey = range({ after, from: prefix, before: `${prefix}\u{10ffff}` })
        const page = accounts
          .find(where({ emailKey }), { ...MOST_TIME, limit, singleBatch: true })
          .sort({ emailKey: 1 })
        return (await page.toArray()).map(fromStored)
      }),
    due: ({ before, limit }) =>
      run('accounts.due', async () => {
        if (limit < 1) return []
        const page = accounts
          .find(where({ 'deletion.due': range({ upTo: before }) }), {
            ...MOST_TIME,
            limit,
            singleBatch: true,
          })
          .sort({ 'deletion.due': 1 })
        return (await page.toArray()).map(fromStored)
      }),
    holding: ({ roleIds, after = '', limit }) =>
      run('accounts.holding', async () => {
        if (limit < 1) return []
        const page = accounts
          .find(where({ 'roles.roleId': oneOf(roleIds), _id: range({ after }) }), {
            ...MOST_TIME,
            limit,
            singleBatch: true,
          })
          .sort({ _id: 1 })
        return (await page.toArray()).map(fromStored)
      }),
    remove: (sub) =>
      change('accounts', 'accounts.remove', sub, async (stored) => {
        const { deletedCount } = await accounts.deleteOne(where({ _id: sub }), MOST_TIME)
        if (deletedCount === 0) return false
        stored()
        return true
      }),
  }
}
