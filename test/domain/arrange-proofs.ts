import { randomBytes } from 'node:crypto'
import { changeAccount } from '../../src/domain/account-change.ts'
import { addressChange } from '../../src/domain/address-change.ts'
import { afterwards } from '../../src/domain/afterwards.ts'
import { chosenPassword } from '../../src/domain/chosen-password.ts'
import { currentPassword } from '../../src/domain/current-password.ts'
import { emailProof } from '../../src/domain/email-proof.ts'
import { freshStart } from '../../src/domain/fresh-start.ts'
import { links } from '../../src/domain/links.ts'
import type { Letter, Mail } from '../../src/domain/mail.ts'
import { mailAllowance } from '../../src/domain/mail-allowance.ts'
import { newPassword } from '../../src/domain/new-password.ts'
import { passwordReset } from '../../src/domain/password-reset.ts'
import { changePassword } from '../../src/domain/passwords.ts'
import { pendingRegistration } from '../../src/domain/pending-registration.ts'
import type { Account } from '../../src/domain/ports.ts'
import { proofs } from '../../src/domain/proofs.ts'
import { resetPassword } from '../../src/domain/reset-password.ts'
import { takeOver as createTakeOver } from '../../src/domain/take-over.ts'
import { type Arranged, arrange, GOOD_PASSWORD } from './arrange.ts'

export const ISSUER = 'https://id.example.com'
export const ADDRESS = '192.0.2.1'

/** The rules of letters and passwords, and what they say and send. */
export const arrangeProofs = async (options?: Parameters<typeof arrange>[0]) => {
  const given = await arrange(options)
  const { time, store, accounts, hasher, policy, limits, audit } = given
  const now = () => time.now
  const mails: Mail[] = []
  const faults: object[] = []
  const ended: string[] = []
  const later = afterwards({ log: { error: (fields) => void faults.push(fields) } })
  const takeOver = createTakeOver({ accounts, consents: store.consents })
  const password = newPassword({
    faults: async (typed, owner) => policy.faults(typed, owner),
    policy,
    hasher,
  })
  const parts = {
    ...given,
    now,
    mails,
    change: changeAccount({ store: store.accounts, now }),
    takeOver,
    proofs: proofs({ artifacts: store.artifacts, now, random: randomBytes }),
    password,
    choose: chosenPassword({ password, hasher, policy }),
    current: currentPassword({ hasher, limits, policy, audit }),
    allowance: mailAllowance({ limits, audit }),
    afterwards: later,
    freshStart: freshStart({
      now,
      wait: async (milliseconds) => {
        time.now += milliseconds
      },
    }),
    links: links(ISSUER),
    sendMail: (mail: Mail) => void mails.push(mail),
    sessionsEnded: (sub: string) => void ended.push(sub),
    defaultRoles: () => ['customer'],
  }
  return {
    ...parts,
    /** What could not be done after an answer. */
    lost: faults,
    ended,
    emailProof: emailProof(parts),
    passwordReset: passwordReset({ ...parts, reset: resetPassword(parts) }),
    changePassword: changePassword(parts),
    addressChange: addressChange(parts),
    pendingRegistration: pendingRegistration(parts),
  }
}

export type ArrangedProofs = Awaited<ReturnType<typeof arrangeProofs>>

/** Makes an account; proven unless said otherwise. */
export const person = async (
  { accounts }: Pick<Arranged, 'accounts'>,
  {
    email = 'Kim@Example.com',
    emailVerified = true,
    password = GOOD_PASSWORD,
  }: { email?: string; emailVerified?: boolean; password?: string | undefined } = {},
): Promise<Account> => {
  const outcome = await accounts.create({
    email,
    emailKey: email.toLowerCase(),
    password,
    name: 'Kim',
    locale: 'ru',
    emailVerified,
    roleIds: [],
  })
  if (outcome.kind !== 'created') throw new Error(outcome.kind)
  return outcome.account
}

/** The letters of a kind, once all work is done. */
export const letters = async <Kind extends Letter['kind']>(
  { afterwards: later, mails }: Pick<ArrangedProofs, 'afterwards' | 'mails'>,
  kind: Kind,
): Promise<(Mail & { letter: Extract<Letter, { kind: Kind }> })[]> => {
  await later.settled()
  const isOfKind = (mail: Mail): mail is Mail & { letter: Extract<Letter, { kind: Kind }> } =>
    mail.letter.kind === kind
  return mails.filter(isOfKind)
}

/** The token of a link in a letter. */
export const tokenIn = (mail: { letter: { link: string } } | undefined): string =>
  new URL(mail?.letter.link ?? '').searchParams.get('token') ?? ''

/** A token that differs in one bit. */
export const oneBitOff = (token: string): string => {
  const bytes = Buffer.from(token, 'base64url')
  bytes.writeUInt8(bytes.readUInt8(0) ^ 1)
  return bytes.toString('base64url')
}
