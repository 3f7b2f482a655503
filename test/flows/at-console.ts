import { type Agent, createAgent, type Page, type Step } from '../support/browserless.ts'
import type { Credentials } from '../support/person.ts'
import type { RunningServer } from '../support/server.ts'

/** Signs in where asked; the console asks nobody for consent. */
export const signIn = async (
  agent: Agent,
  page: Page,
  { login, password }: Credentials,
  step: Step = {},
): Promise<Page> =>
  page.has('#submit-login') && !page.has('[data-error]')
    ? agent.submit(page, '#submit-login', { login, password }, step)
    : page

/** Opens a page of the account console as a person at this browser, who signs in where asked. */
export const atConsole = async (
  { issuer }: Pick<RunningServer, 'issuer'>,
  person: Credentials,
  { path = '/account', agent = createAgent() }: { path?: string; agent?: Agent } = {},
): Promise<{ agent: Agent; page: Page }> => ({
  agent,
  page: await signIn(agent, await agent.get(issuer + path), person),
})

/** Where the console is about to send a browser: the first redirect, unfollowed. */
export const leaving = async (
  { issuer }: Pick<RunningServer, 'issuer'>,
  agent: Agent,
  path = '/account',
): Promise<URL> => {
  const page = await agent.get(issuer + path, { stopAt: `${issuer}/oauth2/authorize` })
  if (page.location === undefined) throw new Error(`${path} answers ${page.status}`)
  return new URL(page.location)
}

/** Signs in for an authorization request, up to the answer to the console's callback, which is not delivered. */
export const answerFor = async (
  { issuer }: Pick<RunningServer, 'issuer'>,
  agent: Agent,
  person: Credentials,
  request: URL,
): Promise<URL> => {
  const stop = { stopAt: `${issuer}/account/callback` }
  const page = await signIn(agent, await agent.get(request.href, stop), person, stop)
  if (page.location === undefined) throw new Error(`no answer but ${page.status} ${page.url}`)
  return new URL(page.location)
}
