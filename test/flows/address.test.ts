import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { seenEverywhere } from '../support/deployment.ts'
import { linkIn, type MailFiles, mailFiles } from '../support/mail-files.ts'
import type { RunningServer } from '../support/server.ts'
import { atConsole } from './at-console.ts'
import { type Beside, openBeside } from './factors-beside.ts'
import { expectProblem, restCalls } from './rest-calls.ts'
import { kim, startSubject } from './subject.ts'

const SUBJECT = 'Confirm your new e-mail address'
const NEXT = 'copper kettle over the hill'
let server: RunningServer
let beside: Beside
let mails: MailFiles
const rest = restCalls(() => server)

beforeAll(async () => {
  server = await startSubject({
    env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1', LIMIT_SIGN_IN_PREFIX: '1000', LIMIT_MAIL_PREFIX: '1000' },
  })
  beside = await openBeside(server)
  mails = mailFiles(server)
})
afterAll(async () => {
  await beside?.close()
  await server?.stop()
})

/** A person at the console who has asked for another address. */
const asked = async (email: string) => {
  const person = await beside.newcomer()
  const { agent, page } = await atConsole(server, person, { path: '/account/email' })
  const answer = await agent.submit(page, '#submit-email', { email })
  return { person, agent, answer }
}

describe('another address', () => {
  it('is confirmed by one button where the person is signed in, and both addresses are told', async () => {
    const email = 'ann.new@example.com'
    const { person, agent } = await asked(email)
    const link = linkIn(await mails.next({ to: email, subject: SUBJECT }))
    expect(new URL(link).origin).toBe(server.issuer)
    for (const method of ['GET', 'HEAD']) expect((await fetch(link, { method })).status).toBe(200)
    expect((await rest.login(person)).status).toBe(200)
    const page = await agent.get(link)
    expect(page.has('input[name=password]')).toBe(false)
    const done = await agent.submit(page, '#submit-address')
    expect([done.status, new URL(done.url).pathname]).toEqual([200, '/account/address/done'])
    expectProblem(await rest.login(person), 401, 'wrong_credentials')
    const { body } = await rest.login({ ...person, login: email })
    await seenEverywhere()
    expect((await rest.me(body.access_token)).body).toMatchObject({ email, email_verified: true })
    const subject = 'Your e-mail address was changed'
    for (const to of [person.login, email]) expect((await mails.next({ to, subject })).to).toEqual([to])
  })

  it('C-15 needs the password of the account in any other browser: nobody is slipped an account', async () => {
    const email = 'ben.new@example.com'
    const { person } = await asked(email)
    const agent = createAgent()
    const page = await agent.get(linkIn(await mails.next({ to: email, subject: SUBJECT })))
    expect(page.text('main')).toContain(person.login)
    for (const password of ['', 'not the one that it is']) {
      const refused = await agent.submit(page, '#submit-address', { password })
      expect([refused.status, refused.has('#password-fault')]).toEqual([422, true])
    }
    const done = await agent.submit(page, '#submit-address', { password: person.password })
    expect(done.status).toBe(200)
    expect((await rest.login({ ...person, login: email })).status).toBe(200)
  })

  it('C-24 C-17 is asked for in vain when it has an account: the answer is the same, its owner gets a letter', async () => {
    const [fresh, taken] = [await asked('cem.new@example.com'), await asked('KIM@example.com')]
    expect([taken.answer.status, taken.answer.url]).toEqual([fresh.answer.status, fresh.answer.url])
    expect(taken.answer.text('[role=status]')).toBe(fresh.answer.text('[role=status]'))
    const mail = await mails.next({ to: kim.login, subject: 'You have an account already' })
    expect(linkIn(mail)).toBe(`${server.issuer}/recover`)
  })

  it('ends a link for a new password that went to the old one', async () => {
    const email = 'dan.new@example.com'
    const { person, agent } = await asked(email)
    await rest.post('/auth/password/forgot', { email: person.login })
    const link = linkIn(await mails.next({ to: person.login, subject: 'Set a new password' }))
    const page = await agent.get(linkIn(await mails.next({ to: email, subject: SUBJECT })))
    await agent.submit(page, '#submit-address')
    const token = new URL(link).searchParams.get('token')
    expectProblem(await rest.post('/auth/password/reset', { token, password: NEXT }), 400, 'invalid_proof')
  })

  it('X-10 is confirmed once, and its link says the same to everybody afterwards', async () => {
    const email = 'eve.new@example.com'
    const { agent } = await asked(email)
    const link = linkIn(await mails.next({ to: email, subject: SUBJECT }))
    const page = await agent.get(link)
    const answers = await Promise.all(Array.from({ length: 5 }, () => agent.submit(page, '#submit-address')))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400, 400, 400])
    for (const bad of [
      link,
      `${server.issuer}/account/address?token=x`,
      `${server.issuer}/account/address`,
    ]) {
      const over = await agent.get(bad)
      expect([over.status, over.has('[data-error=invalid_proof]')]).toEqual([400, true])
    }
  })
})
