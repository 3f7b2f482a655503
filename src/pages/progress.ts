import { z } from 'zod'
import { digest } from '../domain/digest.ts'
import type { ArtifactStore, Clock } from '../domain/ports.ts'

const LIFETIME = 60 * 60 * 1000
const MODEL = 'Progress'

const Stored = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('proven'),
    sub: z.string(),
    amr: z.array(z.string()),
    authTime: z.number(),
  }),
  z.object({ kind: z.literal('decided'), decision: z.enum(['allow', 'deny']) }),
])

/** What the steps of one interaction have reached so far. `authTime` is in seconds since the epoch. */
export type Reached = { kind: 'nothing' } | z.output<typeof Stored>

/** Memory of an interaction between its steps: a step writes, the dispatcher reads. It lives for an hour. */
export interface Progress {
  read(uid: string): Promise<Reached>
  /** The person proved to be `sub`, by the methods `amr` (RFC 8176), now. */
  prove(uid: string, proof: { sub: string; amr: string[] }): Promise<void>
  /** The person allowed what was asked, or refused or cancelled. */
  decide(uid: string, decision: 'allow' | 'deny'): Promise<void>
}

export const progress = ({ artifacts, now }: { artifacts: ArtifactStore; now: Clock }): Progress => {
  const write = (uid: string, payload: z.output<typeof Stored>) =>
    artifacts.put({
      model: MODEL,
      key: digest(uid),
      payload,
      expiresAt: now() + LIFETIME,
      grantId: undefined,
    })
  return {
    async read(uid) {
      const found = await artifacts.find(MODEL, digest(uid))
      return found ? Stored.parse(found.payload) : { kind: 'nothing' }
    },
    prove: (uid, { sub, amr }) =>
      write(uid, { kind: 'proven', sub, amr, authTime: Math.floor(now() / 1000) }),
    decide: (uid, decision) => write(uid, { kind: 'decided', decision }),
  }
}
