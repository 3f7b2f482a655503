import { z } from 'zod'
import { digest } from '../domain/digest.ts'
import type { ArtifactStore, Clock, Sealer } from '../domain/ports.ts'
import { together } from '../oidc/acr.ts'

const MODEL = 'Progress'
const PURPOSE = 'new recovery codes'

const Proven = z.object({
  kind: z.literal('proven'),
  sub: z.string(),
  /** RFC 8176 values. */
  amr: z.array(z.string()),
  /** Seconds since the epoch, of the first of the methods: a proof is as old as its oldest part. */
  authTime: z.number(),
  /** Recovery codes that the person has not put away yet, sealed. */
  newCodes: z.string().optional(),
})
const Stored = z.discriminatedUnion('kind', [
  Proven,
  z.object({ kind: z.literal('anew') }),
  z.object({ kind: z.literal('decided'), decision: z.enum(['allow', 'deny']) }),
])
type Stored = z.output<typeof Stored>

/** What the steps of one interaction have proved of a person. */
export type Proven = z.output<typeof Proven>

/** What the steps of one interaction have reached so far. `anew`: whatever stood before, the browser's session too, counts no more. */
export type Reached = { kind: 'nothing' } | Stored

/** On what a further factor rests: the first one, proved here or by the session of the browser. */
export type Basis = Pick<Proven, 'sub' | 'amr' | 'authTime'>

/** Memory of an interaction between its steps: a step writes, the dispatcher reads. It lives as long as an interaction. */
export interface Progress {
  read(uid: string): Promise<Reached>
  /** The person proved to be `sub`, by the methods `amr` (RFC 8176), now. Starts anew: what was proved before is gone. */
  prove(uid: string, proof: { sub: string; amr: string[] }): Promise<void>
  /**
   * The same person proved one thing more. Nothing happens if another step has changed the basis meanwhile.
   *
   * @param newCodes recovery codes to show, until {@link saved}
   */
  add(uid: string, basis: Basis, amr: string[], newCodes?: readonly string[]): Promise<void>
  /** The recovery codes to show. */
  newCodes(uid: string, proven: Proven): string[]
  /** The person has put the codes away: nobody sees them again. */
  saved(uid: string): Promise<void>
  /** Somebody else is at the browser: everything proved so far is forgotten. */
  restart(uid: string): Promise<void>
  /** The person allowed what was asked, or refused or cancelled. */
  decide(uid: string, decision: 'allow' | 'deny'): Promise<void>
}

export interface ProgressParts {
  artifacts: ArtifactStore
  sealer: Sealer
  now: Clock
  /** Seconds. */
  lifetime: number
}

export const progress = ({ artifacts, sealer, now, lifetime }: ProgressParts): Progress => {
  const record = (uid: string, payload: Stored) => ({
    model: MODEL,
    key: digest(uid),
    payload,
    expiresAt: now() + lifetime * 1000,
    grantId: undefined,
  })
  const write = (uid: string, payload: Stored) => artifacts.put(record(uid, payload))
  const look = async (uid: string): Promise<{ reached: Reached; revision: number }> => {
    const found = await artifacts.find(MODEL, digest(uid))
    return found
      ? { reached: Stored.parse(found.payload), revision: found.revision }
      : { reached: { kind: 'nothing' }, revision: 0 }
  }
  const sealed = (uid: string, codes: readonly string[] | undefined) =>
    codes && { newCodes: sealer.seal(PURPOSE, digest(uid), JSON.stringify(codes)) }
  return {
    read: async (uid) => (await look(uid)).reached,
    prove: (uid, { sub, amr }) =>
      write(uid, { kind: 'proven', sub, amr: together(...amr), authTime: Math.floor(now() / 1000) }),
    async add(uid, { sub, amr, authTime }, added, newCodes) {
      const { reached, revision } = await look(uid)
      const isSame = reached.kind === 'proven' ? reached.sub === sub && reached.authTime === authTime : false
      if (!isSame && reached.kind !== 'nothing') return
      const proven = { kind: 'proven' as const, sub, amr: together(...amr, ...added), authTime }
      await artifacts.putIf(record(uid, { ...proven, ...sealed(uid, newCodes) }), revision)
    },
    newCodes: (uid, proven) =>
      proven.newCodes === undefined
        ? []
        : z.array(z.string()).parse(JSON.parse(sealer.open(PURPOSE, digest(uid), proven.newCodes))),
    async saved(uid) {
      const { reached, revision } = await look(uid)
      if (reached.kind !== 'proven') return
      const { newCodes, ...proven } = reached
      await artifacts.putIf(record(uid, proven), revision)
    },
    restart: (uid) => write(uid, { kind: 'anew' }),
    decide: (uid, decision) => write(uid, { kind: 'decided', decision }),
  }
}
