import type { Accounts } from '../accounts.ts'
import type { ClientRegistry } from '../clients/registry.ts'
import type { AccountStore, Assignment } from '../ports.ts'
import type { Access } from './access.ts'
import type { User } from './edit.ts'

export interface RoleHoldersParts {
  accounts: Pick<AccountStore, 'holding'> & Pick<Accounts, 'find' | 'unassign'>
  clients: Pick<ClientRegistry, 'allRegistered' | 'unassign'>
  access: Pick<Access, 'admins'>
}

/** Who has a role, however narrowed: accounts in order of sub, then clients in order of their ids. */
export interface RoleHolders {
  /** @param options.after the last one of the page before */
  page(
    roleId: string,
    options: { after?: Pick<User, 'kind' | 'id'> | undefined; limit: number },
  ): Promise<User[]>
  /** Who has the built-in role `admin`; few. */
  admins(): Promise<User[]>
  /** Takes the role from all of them. */
  release(roleId: string): Promise<void>
}

/** Holders who are read or changed at a time. */
const CHUNK = 100

export const roleHolders = ({ accounts, clients, access }: RoleHoldersParts): RoleHolders => {
  const holdingClients = async (roleId: string): Promise<User[]> =>
    (await clients.allRegistered())
      .filter(({ assignments }) => assignments.some((assignment) => assignment.roleId === roleId))
      .map(({ client }) => ({
        kind: 'client',
        id: client.client_id,
        name: client.client_name ?? client.client_id,
      }))
  const holdingAccounts = async (roleId: string, after: string, limit: number): Promise<User[]> =>
    (await accounts.holding({ roleIds: [roleId], after, limit })).map(asUser)

  const releaseAccounts = async (roleId: string, isIt: (each: Assignment) => boolean): Promise<void> => {
    for (let after = ''; ; ) {
      const holders = await accounts.holding({ roleIds: [roleId], after, limit: CHUNK })
      for (const { sub } of holders) await accounts.unassign(sub, isIt)
      const last = holders.at(-1)
      if (holders.length < CHUNK || !last) return
      after = last.sub
    }
  }

  return {
    async page(roleId, { after, limit }) {
      const people = after?.kind === 'client' ? [] : await holdingAccounts(roleId, after?.id ?? '', limit)
      if (people.length >= limit) return people
      const first = after?.kind === 'client' ? after.id : ''
      const others = (await holdingClients(roleId)).filter(({ id }) => id > first)
      return [...people, ...others].slice(0, limit)
    },
    async admins() {
      const found = await Promise.all((await access.admins()).map((sub) => accounts.find(sub)))
      return found.flatMap((account) => (account ? [asUser(account)] : []))
    },
    async release(roleId) {
      const isIt = (assignment: Assignment): boolean => assignment.roleId === roleId
      await releaseAccounts(roleId, isIt)
      for (const { id } of await holdingClients(roleId)) await clients.unassign(id, isIt)
    },
  }
}

const asUser = ({ sub, email }: { sub: string; email: string }): User => ({
  kind: 'account',
  id: sub,
  name: email,
})
