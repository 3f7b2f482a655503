import { setTimeout as sleep } from 'node:timers/promises'
import type { Calls } from '../flows/calls.ts'
import type { Agent, Page, Step } from '../support/browserless.ts'
import { formOf, submission } from '../support/forms.ts'

/** How often a server said "later". */
export interface Laters {
  count: number
}

type Headers = Page['headers']

/** Does once more what was answered with "later", after the time that the server names. */
const twice = async <Answer extends { status: number }>(
  laters: Laters,
  ask: () => Promise<Answer>,
  retryAfter: (answer: Answer) => Headers[string] | null,
  again: (answer: Answer) => Promise<Answer>,
): Promise<Answer> => {
  const answer = await ask()
  if (answer.status !== 503) return answer
  laters.count += 1
  await sleep(Number(retryAfter(answer)) * 1000)
  return again(answer)
}

/** A person who waits and loads the page or sends the form once more when the server says "later". */
export const patient = (agent: Agent, laters: Laters): Agent => {
  const waiting = (target: string, step: Step | undefined, ask: () => Promise<Page>): Promise<Page> =>
    twice(
      laters,
      ask,
      ({ headers }) => headers['retry-after'],
      // Otherwise redirects had led to the page that failed.
      ({ url }) => (url === target ? ask() : agent.get(url, step)),
    )
  return {
    ...agent,
    get: (url, step) => waiting(new URL(url).href, step, () => agent.get(url, step)),
    submit: (page, button, values = {}, step = {}) => {
      const { url } = submission(formOf(page, button), page.url, values)
      return waiting(url.href, step, () => agent.submit(page, button, values, step))
    },
  }
}

export type PatientCalls = Pick<Calls, 'token' | 'refresh' | 'introspect' | 'revoke'>

/** A program that does the same. */
export const patientCalls = (ask: Calls, laters: Laters): PatientCalls => {
  const waiting =
    <Parameters extends unknown[]>(call: (...given: Parameters) => ReturnType<Calls['token']>) =>
    (...given: Parameters) => {
      const once = () => call(...given)
      return twice(laters, once, ({ headers }) => headers.get('retry-after'), once)
    }
  return {
    token: waiting(ask.token),
    refresh: waiting(ask.refresh),
    introspect: waiting(ask.introspect),
    revoke: waiting(ask.revoke),
  }
}
