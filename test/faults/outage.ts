import { setTimeout as sleep } from 'node:timers/promises'
import { calls } from '../flows/calls.ts'
import { kim, shop } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import type { FaultProxy } from '../support/fault-proxy.ts'
import { parseHtml, select } from '../support/html.ts'
import { relyingParty } from '../support/relying-party.ts'
import type { Asked, Endpoint } from './endpoints.ts'
import { type Made, OFFLINE } from './made.ts'

/** Milliseconds: what the requirement allows, and more for a test machine that has other work. */
export const SOON = 2_000 + 500
/** Milliseconds after which an answer is missing. */
const HANGS = 5_000

export interface Answer {
  /** 0: none came. */
  status: number
  headers: Headers
  text: string
  /** Milliseconds. */
  took: number
}

export const send = async ({ url, ...request }: Asked): Promise<Answer> => {
  const start = performance.now()
  const took = () => performance.now() - start
  try {
    const signal = AbortSignal.timeout(HANGS)
    const { body, ...rest } = request
    const answer = await fetch(url, {
      ...rest,
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal,
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, text, took: took() }
  } catch (error) {
    return { status: 0, headers: new Headers(), text: String(error), took: took() }
  }
}

/** How each kind of asker is told "later". */
const words: Record<Endpoint['asker'], (type: string, text: string) => boolean> = {
  program: (type, text) =>
    type.startsWith('application/json') && text === '{"error":"temporarily_unavailable"}',
  service: (type, text) =>
    type.startsWith('application/problem+json') && text.includes('"code":"store_unavailable"'),
  person: (type, text) => type.startsWith('text/html') && select(parseHtml(text), '[role=alert]').length > 0,
}

/** What is wrong with an answer that should say "later". */
export const faultsOf = ({ asker }: Pick<Endpoint, 'asker'>, { status, headers, text }: Answer): string[] => {
  const type = headers.get('content-type') ?? ''
  const isWord = words[asker](type, text)
  const rules: [boolean, string][] = [
    [status === 503, `status ${status}`],
    [/^[1-9]\d*$/.test(headers.get('retry-after') ?? ''), 'no Retry-After'],
    [(headers.get('cache-control') ?? '').includes('no-store'), 'may be kept'],
    [headers.get('location') === null, `leads to ${headers.get('location')}`],
    [headers.get('set-cookie') === null, `sets ${headers.get('set-cookie')}`],
    [isWord, `says ${type} ${text.slice(0, 200)}`],
  ]
  return rules.filter(([holds]) => !holds).map(([, fault]) => fault)
}

/** What came of a request. */
export interface Outcome extends Pick<Answer, 'status' | 'took'> {
  name: string
  /** Why the answer does not say "later". */
  faults: string[]
}

const ask = async (endpoint: Endpoint, request: Asked): Promise<Outcome> => {
  const answer = await send(request)
  const { status, took } = answer
  return { name: endpoint.name, status, took, faults: faultsOf(endpoint, answer) }
}

/** Asks all of them at once. */
export const askAll = async (endpoints: readonly Endpoint[], made: Made): Promise<Outcome[]> => {
  const ready = await Promise.all(
    endpoints.map(async (endpoint) => [endpoint, await endpoint.request(made)] as const),
  )
  return Promise.all(ready.map(([endpoint, request]) => ask(endpoint, request)))
}

/** One after the other, in their order. */
export const askInTurn = async (endpoints: readonly Endpoint[], made: Made): Promise<Outcome[]> => {
  const outcomes: Outcome[] = []
  for (const endpoint of endpoints) outcomes.push(await ask(endpoint, await endpoint.request(made)))
  return outcomes
}

/** Whether the request was done, by its status. */
export const isDone = ({ status }: Outcome): boolean => status >= 200 && status < 400

/** One line for each fault. */
export const lines = (outcomes: readonly Outcome[]): string[] =>
  outcomes.flatMap(({ name, faults }) => faults.map((fault) => `${name}: ${fault}`))

/** Names whose quickest time of all rounds was not soon, with that time. */
export const slow = (outcomes: readonly Outcome[]): string[] => {
  const quickest = new Map<string, number>()
  for (const { name, took } of outcomes)
    quickest.set(name, Math.min(took, quickest.get(name) ?? Number.POSITIVE_INFINITY))
  return [...quickest].filter(([, took]) => took > SOON).map(([name, took]) => `${name}: ${took} ms`)
}

/** A person signs in in a new browser, and the application refreshes once. */
export const wholeFlow = async (issuer: string): Promise<void> => {
  const party = await relyingParty(issuer, shop)
  const tokens = await party.signIn(createAgent(), kim, OFFLINE)
  const { status } = await calls({ issuer }).refresh(shop, tokens.refresh_token)
  if (status !== 200) throw new Error(`refresh: ${status}`)
}

/**
 * Takes the fault away and tries until a whole flow passes.
 *
 * @returns milliseconds that it took
 */
export const recover = async (wire: FaultProxy, issuer: string): Promise<number> => {
  await wire.pass()
  const start = performance.now()
  for (;;) {
    try {
      await wholeFlow(issuer)
      return performance.now() - start
    } catch (error) {
      if (performance.now() - start > 10_000) throw error
      await sleep(20)
    }
  }
}
