import { beforeEach, describe, expect, it } from 'vitest'
import { knownDevices } from '../../src/domain/known-devices.ts'
import { links } from '../../src/domain/links.ts'
import type { Mail } from '../../src/domain/mail.ts'
import { account, HOUR, parallel, START } from '../contract/open-for-test.ts'
import { arrange } from './arrange.ts'

const FIREFOX = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:128.0) Gecko/20100101 Firefox/128.0'
const DAY = 24 * HOUR

let time: { now: number }
let letters: Mail[]
let signIn: (deviceId: string, sub?: string) => Promise<void>

beforeEach(async () => {
  const arranged = await arrange()
  time = arranged.time
  const { store } = arranged
  letters = []
  const seen = knownDevices({
    ...store,
    account: (sub) => store.accounts.find(sub),
    sendMail: (mail) => letters.push(mail),
    links: links('https://id.example'),
    now: () => time.now,
  })
  signIn = (deviceId, sub = 'kim') => seen(sub, { deviceId, userAgent: FIREFOX, address: '192.0.2.7' })
  await store.accounts.insert(account('kim', { createdAt: START, locale: 'ru' }))
  await store.accounts.insert(account('old', { createdAt: START - 30 * DAY }))
})

describe('a sign-in from a device', () => {
  it('is no news right after the registration', async () => {
    await signIn('laptop')
    expect(letters).toEqual([])
  })

  it('is told to the owner when the account has known another one before', async () => {
    await signIn('laptop')
    time.now += 60_000
    await signIn('phone')
    expect(letters).toEqual([
      {
        to: 'kim@Example.com',
        locale: 'ru',
        letter: {
          kind: 'new_device',
          device: 'Firefox on macOS',
          address: '192.0.2.7',
          at: START + 60_000,
          securityLink: 'https://id.example/account/security',
        },
      },
    ])
  })

  it('is told for an account that is older than anything known of it', async () => {
    await signIn('laptop', 'old')
    expect(letters).toHaveLength(1)
  })

  it('is not told again for a year of use', async () => {
    await signIn('laptop')
    await signIn('phone')
    for (let month = 0; month < 24; month++) {
      time.now += 30 * DAY
      await signIn('phone')
    }
    expect(letters).toHaveLength(1)
  })

  it('is told again after a year without it', async () => {
    await signIn('laptop', 'old')
    time.now += 366 * DAY
    await signIn('laptop', 'old')
    expect(letters).toHaveLength(2)
  })

  it('tells once of two at the same moment', async () => {
    await signIn('laptop')
    await parallel(8, () => signIn('phone'))
    expect(letters).toHaveLength(1)
  })

  it('of one person says nothing about another', async () => {
    await signIn('laptop')
    await signIn('laptop', 'old')
    expect(letters.map(({ to }) => to)).toEqual(['old@Example.com'])
  })

  it('fills no mailbox: ten letters an hour', async () => {
    await signIn('laptop')
    for (let n = 0; n < 30; n++) await signIn(`device ${n}`)
    expect(letters).toHaveLength(10)
  })
})
