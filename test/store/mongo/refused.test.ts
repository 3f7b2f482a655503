import { expect, it } from 'vitest'
import { StartFault } from '../../../src/store/start-fault.ts'
import { openForTest } from './database.ts'
import { refusingServer } from './refusing-server.ts'

it('gives up at once where the user or password is wrong, and names neither', async () => {
  const host = await refusingServer({
    code: 18,
    codeName: 'AuthenticationFailed',
    errmsg: 'Authentication failed.',
  })
  const opening = openForTest(`mongodb://app:s3cret@${host}/gatehouse`, { patience: 600_000 })
  await expect(opening).rejects.toThrow(
    `MongoDB at ${host} refuses the user or password of MONGODB_URL; check both, and authSource`,
  )
  await expect(opening).rejects.toBeInstanceOf(StartFault)
  await expect(opening).rejects.not.toThrow(/s3cret/)
})

it('says what the server said where it may not prepare the database', async () => {
  const host = await refusingServer({
    code: 13,
    codeName: 'Unauthorized',
    errmsg: 'not authorized on gatehouse',
  })
  const opening = openForTest(`mongodb://${host}/gatehouse`)
  await expect(opening).rejects.toThrow(
    `MongoDB at ${host} has refused to prepare the database gatehouse: not authorized on gatehouse`,
  )
  await expect(opening).rejects.toBeInstanceOf(StartFault)
})
