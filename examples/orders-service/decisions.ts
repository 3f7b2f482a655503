import type { Order } from './orders.ts'
import { serviceToken } from './service-token.ts'
import type { Settings } from './settings.ts'

/** There is no decision: Gatehouse is away, or does not let us ask. Nothing is allowed then. */
export class NoDecision extends Error {
  override readonly name = 'NoDecision'
}

/** Milliseconds that a request of ours may wait for a decision. */
const PATIENCE = 2000
/** Evaluations that one call may have. */
const MOST = 100

export interface Decisions {
  /**
   * Which of these orders the person may do this to.
   *
   * @throws NoDecision
   */
  allowed(sub: string, permission: string, orders: readonly Order[]): Promise<Order[]>
  /** The same about one order. */
  may(sub: string, permission: string, order: Order): Promise<boolean>
}

/** What Gatehouse has to know of an order: it has our roles and conditions, but not our orders. */
const resourceOf = ({ id, owner, archived }: Order) => ({
  type: 'order',
  id,
  properties: { owner, archived },
})

/** Asks Gatehouse about single orders (AuthZEN Authorization API 1.0). */
export const decisions = (settings: Settings): Decisions => {
  const token = serviceToken(settings)

  const send = async (body: object): Promise<Response> =>
    fetch(`${settings.issuer}/access/v1/evaluations`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await token.get()}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
    })

  const ask = async (body: object): Promise<unknown> => {
    let answer = await send(body)
    if (answer.status === 401) {
      // Signing keys were withdrawn, for instance. Once, for a second refusal is meant.
      token.drop()
      answer = await send(body)
    }
    if (!answer.ok) throw new Error(`Gatehouse answered ${answer.status}`)
    return answer.json()
  }

  const allowed: Decisions['allowed'] = async (sub, permission, orders) => {
    const found: Order[] = []
    for (let at = 0; at < orders.length; at += MOST) {
      const some = orders.slice(at, at + MOST)
      const evaluations = some.map((order) => ({ resource: resourceOf(order) }))
      const question = { subject: { type: 'user', id: sub }, action: { name: permission }, evaluations }
      const answer = await ask(question).catch((cause: unknown) => {
        throw new NoDecision('no decision', { cause })
      })
      const decided = decisionsOf(answer)
      if (decided.length !== some.length) throw new NoDecision('not as many decisions as questions')
      found.push(...some.filter((_, index) => decided[index] === true))
    }
    return found
  }

  return {
    allowed,
    may: async (sub, permission, order) => (await allowed(sub, permission, [order])).length === 1,
  }
}

const decisionsOf = (answer: unknown): boolean[] =>
  typeof answer === 'object' &&
  answer !== null &&
  'evaluations' in answer &&
  Array.isArray(answer.evaluations)
    ? answer.evaluations.map((evaluation: { decision?: unknown }) => evaluation.decision === true)
    : []
