import type { Agent, Page, Step } from './browserless.ts'

export interface Credentials {
  login: string
  password: string
}

/**
 * Goes through the pages of a sign-in as a willing person does: signs in where asked, allows where asked.
 *
 * @param page the page that the application led to
 * @param step `stopAt` ends the walk at a redirect, for instance to the callback of the application
 * @returns the first page that asks for neither: the application's, or one with an error
 */
export const passGate = async (
  agent: Agent,
  page: Page,
  { login, password }: Credentials,
  step: Step = {},
): Promise<Page> => {
  if (page.has('input[name=login]') && !page.has('[role=alert]')) {
    const next = await agent.submit(page, '#submit-login', { login, password }, step)
    return passGate(agent, next, { login, password }, step)
  }
  if (page.has('#allow')) return agent.submit(page, '#allow', {}, step)
  return page
}
