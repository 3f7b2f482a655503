import type { Access } from '../access/access.ts'
import type { Account } from '../ports.ts'
import { hasFactor } from './factor-set.ts'

export interface MfaSettings {
  /** Who has a second factor: nobody may add one, who wants to, or everybody. */
  policy: 'off' | 'optional' | 'required'
  /** Names of roles whose holders must have one, whatever the policy says. */
  requiredRoles: readonly string[]
}

/** Nothing, one of the account's factors, or to set one up first. */
export type Demand = 'none' | 'ask' | 'enrol'

export interface MfaPolicy {
  mayEnrol: boolean
  /** What a sign-in by password still needs. */
  demand(account: Account): Promise<Demand>
}

/** Who must have a second factor. Who has one is asked for it, whatever the settings have become (C-18). */
export const mfaPolicy = (
  { policy, requiredRoles }: MfaSettings,
  access: Pick<Access, 'roles'>,
): MfaPolicy => {
  const isRequired = async (sub: string): Promise<boolean> => {
    if (policy === 'required') return true
    if (requiredRoles.length === 0) return false
    const held = await access.roles(sub)
    return held.some((name) => requiredRoles.includes(name))
  }
  return {
    mayEnrol: policy !== 'off' || requiredRoles.length > 0,
    async demand(account) {
      if (hasFactor(account)) return 'ask'
      return (await isRequired(account.sub)) ? 'enrol' : 'none'
    },
  }
}
