import { z } from 'zod'
import type { Accounts } from './accounts.ts'
import type { Afterwards } from './afterwards.ts'
import type { ChosenPassword } from './chosen-password.ts'
import type { Email } from './email.ts'
import type { Links } from './links.ts'
import type { SendMail } from './mail.ts'
import type { MailAllowance, MailLimited } from './mail-allowance.ts'
import type { NewPassword } from './new-password.ts'
import type { PasswordFault } from './password-policy.ts'
import type { AccountStore, Audit } from './ports.ts'
import type { Proofs } from './proofs.ts'

export interface PendingRegistrationParts {
  store: { accounts: Pick<AccountStore, 'findByEmailKey'> }
  accounts: Pick<Accounts, 'create'>
  password: Pick<NewPassword, 'hash'>
  choose: ChosenPassword
  proofs: Proofs
  allowance: MailAllowance
  links: Pick<Links, 'register' | 'recover'>
  sendMail: SendMail
  /** Ids of the roles that every new account gets. */
  defaultRoles: () => Promise<readonly string[]> | readonly string[]
  audit: Audit
  afterwards: Afterwards
}

/** Who wants an account; every field has passed its checks. */
export interface Applicant {
  email: Email
  password: string
  name: string | undefined
  /** BCP 47. */
  locale: string | undefined
  /** Network address of the client. */
  address: string
}

export type RegistrationProof =
  | { kind: 'ok' }
  /** The address got an account meanwhile, perhaps by another click on the same letter. */
  | { kind: 'taken' }
  | { kind: 'invalid' }
  | { kind: 'faults'; faults: readonly PasswordFault[] }

/** Registration of addresses that are proven first (`REGISTRATION=verified`). */
export interface PendingRegistration {
  /**
   * Sends a letter to the address: a link that makes the account, or word that there is one. Answer and time are the
   * same, one hash included (R-22, C-24).
   */
  invite(applicant: Applicant): Promise<{ kind: 'sent' } | MailLimited>
  /** The address that a token proves, while it is good. */
  peek(token: string): Promise<{ email: string } | undefined>
  /**
   * Makes the account, with the password that comes with the proof: whoever asked for the letter may be somebody who
   * knows the address alone, and must not have chosen the password of its owner's account (C-15).
   */
  confirm(attempt: { token: string; password: string; address: string }): Promise<RegistrationProof>
}

const LIFETIME_HOURS = 24

/** Absent members are null, as JSON has no other way. */
const Payload = z.object({
  email: z.string(),
  emailKey: z.string(),
  passwordHash: z.string(),
  name: z.string().nullable(),
  locale: z.string().nullable(),
})

/** The functions reject with the refusals `busy` and `store_unavailable`. */
export const pendingRegistration = (parts: PendingRegistrationParts): PendingRegistration => {
  const { proofs, allowance, afterwards } = parts
  return {
    async invite(applicant) {
      const allowed = await allowance({
        account: applicant.email.key,
        letter: 'other',
        address: applicant.address,
      })
      if (allowed.kind === 'limited') return allowed
      const passwordHash = await parts.password.hash(applicant.password)
      afterwards(() => send(parts, applicant, passwordHash))
      return { kind: 'sent' }
    },
    async peek(token) {
      const payload = Payload.safeParse(await proofs.peek('PendingRegistration', token))
      return payload.success ? { email: payload.data.email } : undefined
    },
    async confirm({ token, password, address }) {
      const payload = Payload.safeParse(await proofs.peek('PendingRegistration', token))
      if (!payload.success) return { kind: 'invalid' }
      const { email, emailKey, passwordHash, name, locale } = payload.data
      const owner = { email, name: name ?? undefined, password: passwordHash }
      const chosen = await parts.choose(owner, password)
      if (chosen.kind === 'faults') return chosen
      if (!(await proofs.take('PendingRegistration', token))) return { kind: 'invalid' }
      const created = await parts.accounts.create({
        email,
        emailKey,
        name: owner.name,
        locale: locale ?? undefined,
        passwordHash: chosen.hash,
        emailVerified: true,
        roleIds: await parts.defaultRoles(),
      })
      if (created.kind === 'taken') return { kind: 'taken' }
      parts.audit({ type: 'account.registered', sub: created.account.sub, address })
      return { kind: 'ok' }
    },
  }
}

const send = async (
  { store, proofs, links, sendMail }: PendingRegistrationParts,
  { email, name, locale }: Applicant,
  passwordHash: string,
): Promise<void> => {
  const account = await store.accounts.findByEmailKey(email.key)
  if (account) {
    if (account.disabled) return
    const letter = { kind: 'already_registered', recoverLink: links.recover() } as const
    return sendMail({ to: account.email, locale: account.locale, letter })
  }
  const token = await proofs.issue(
    'PendingRegistration',
    {
      email: email.email,
      emailKey: email.key,
      passwordHash,
      name: name ?? null,
      locale: locale ?? null,
    },
    LIFETIME_HOURS * 3_600_000,
  )
  sendMail({
    to: email.email,
    locale,
    letter: { kind: 'register', link: links.register(token), hours: LIFETIME_HOURS },
  })
}
