import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { sealer } from '../../src/adapters/sealer.ts'
import { type Progress, progress } from '../../src/pages/progress.ts'
import { START } from '../contract/open-for-test.ts'
import { openTestStore } from '../store/sqlite/data-dir.ts'

const UID = 'an-interaction'
const LIFETIME = 600
let time: { now: number }
let memory: Progress
let artifacts: Awaited<ReturnType<typeof openTestStore>>['artifacts']

beforeEach(async () => {
  time = { now: START }
  const now = () => time.now
  ;({ artifacts } = await openTestStore({ now }))
  memory = progress({ artifacts, sealer: sealer([randomBytes(32)]), now, lifetime: LIFETIME })
})

const AT = Math.floor(START / 1000)
const basis = { sub: 'kim', amr: ['pwd'], authTime: AT }

describe('what the steps of an interaction remember', () => {
  it('adds a second factor to the first one, whose time counts', async () => {
    await memory.prove(UID, { sub: 'kim', amr: ['pwd'] })
    time.now += 60_000
    await memory.add(UID, basis, ['otp'])
    expect(await memory.read(UID)).toEqual({ kind: 'proven', ...basis, amr: ['pwd', 'otp', 'mfa'] })
  })

  it('adds a second factor to a session, where no step has proved anything', async () => {
    await memory.add(UID, { ...basis, authTime: 7 }, ['otp'])
    expect(await memory.read(UID)).toMatchObject({ sub: 'kim', amr: ['pwd', 'otp', 'mfa'], authTime: 7 })
  })

  it.each([
    ['somebody else has signed in', () => memory.prove(UID, { sub: 'lou', amr: ['pwd'] })],
    ['the person has begun anew', () => memory.restart(UID)],
    ['the person has cancelled', () => memory.decide(UID, 'deny')],
  ])('C-18 adds nothing to another basis: %s', async (_, meanwhile) => {
    await memory.prove(UID, { sub: 'kim', amr: ['pwd'] })
    await meanwhile()
    const before = await memory.read(UID)
    await memory.add(UID, basis, ['otp'])
    expect(await memory.read(UID)).toEqual(before)
  })

  it('C-18 begins again with each first factor', async () => {
    await memory.prove(UID, { sub: 'kim', amr: ['pwd'] })
    await memory.add(UID, basis, ['otp'])
    await memory.prove(UID, { sub: 'kim', amr: ['pwd'] })
    expect(await memory.read(UID)).toMatchObject({ amr: ['pwd'] })
  })

  it('keeps new recovery codes sealed, until they are put away', async () => {
    const codes = ['9K4T-MXQ7-2HVD', 'B7WN-4RZC-J8PF']
    await memory.prove(UID, { sub: 'kim', amr: ['pwd'] })
    await memory.add(UID, basis, ['otp'], codes)
    const reached = await memory.read(UID)
    if (reached.kind !== 'proven') throw new Error('nothing is proven')
    expect(JSON.stringify(reached)).not.toContain(codes[0])
    expect(memory.newCodes(UID, reached)).toEqual(codes)
    expect(() => memory.newCodes('another', reached)).toThrow()
    await memory.saved(UID)
    expect(await memory.read(UID)).toEqual({ kind: 'proven', ...basis, amr: ['pwd', 'otp', 'mfa'] })
  })

  it('forgets with the interaction', async () => {
    await memory.prove(UID, { sub: 'kim', amr: ['pwd'] })
    time.now += LIFETIME * 1000
    expect(await memory.read(UID)).toEqual({ kind: 'nothing' })
  })
})
