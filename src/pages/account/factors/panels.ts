import type { Passkey } from '../../../domain/ports.ts'
import type { Words } from '../../../i18n.ts'
import { dayOf } from '../moment.ts'
import type { SecurityPanel } from '../parts.ts'
import { APP, CODES, type FactorParts, PASSKEY } from './parts.ts'

/** Few enough to think of new ones. */
const FEW = 3

const dates = ({ addedAt, lastUsedAt }: Pick<Passkey, 'addedAt' | 'lastUsedAt'>, words: Words) => ({
  added: dayOf(addedAt, words),
  lastUsed: lastUsedAt === undefined ? undefined : dayOf(lastUsedAt, words),
})

/** The panels of `/account/security` for what stands beside the password. */
export const factorPanels = ({
  secondFactors: { mayEnrol },
  issuer,
  waiting,
}: FactorParts): SecurityPanel[] => [
  {
    part: 'panel-app',
    view: (_ctx, { account: { factors } }, words) => ({
      mayEnrol,
      app: factors.totp && dates(factors.totp, words),
      addPath: APP,
      removeAction: `${APP}/remove`,
    }),
  },
  {
    part: 'panel-passkeys',
    view: async (_ctx, visit, words) => ({
      mayEnrol,
      passkeys: visit.account.factors.passkeys.map((passkey) => ({
        id: passkey.id,
        name: passkey.name,
        isSynced: passkey.isSynced,
        namePath: `${PASSKEY}/name?id=${passkey.id}`,
        ...dates(passkey, words),
      })),
      addPath: PASSKEY,
      removeAction: `${PASSKEY}/remove`,
      gone: await waiting.takeGone(visit),
      rpId: new URL(issuer).hostname,
    }),
  },
  {
    part: 'panel-codes',
    view: (_ctx, { account: { factors } }, words) => ({
      hasFactor: factors.totp !== undefined || factors.passkeys.length > 0,
      codes: factors.recoveryCodes && {
        made: dayOf(factors.recoveryCodes.madeAt, words),
        left: factors.recoveryCodes.left.length,
        areFew: factors.recoveryCodes.left.length <= FEW,
      },
      renewAction: CODES,
    }),
  },
]
