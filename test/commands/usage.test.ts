import { expect, it } from 'vitest'
import { exitCodes, type Terminal } from '../../src/commands/command.ts'
import { endingOf } from '../../src/commands/ending.ts'
import { commands } from '../../src/commands/index.ts'
import { run } from '../../src/commands/run.ts'
import { refuse } from '../../src/errors.ts'
import { commandHere } from '../support/commands-here.ts'
import { freePort } from '../support/free-port.ts'
import { newHome } from '../support/home.ts'

const unused = (): never => {
  throw new Error('this reads and writes nothing')
}
const terminal: Terminal = { out: unused, input: unused, ask: unused, endWith: unused }

it.each([
  [['account', 'show', 'a', 'b'], 'Name one account: gatehouse account show <account>'],
  [['account', 'assign', 'kim'], 'Name account, role: gatehouse account assign <account> <role>'],
  [['account', 'list', '--limit', '0'], '--limit 0: wanted a number from 1 to 1000'],
  [['account', 'list', '--role', 'a', '--prefix', 'b'], 'Name one of --prefix and --role'],
  [['account', 'update', 'kim'], 'Name what to change'],
  [['account', 'assign', 'kim', 'reader', '--until', 'soon'], '--until: wanted a time such as'],
  [['account', 'assign', 'kim', 'reader', '--on', 'record'], '--on: wanted a type and an id'],
  [['account', 'assign', 'kim', 'reader', '--when', '{'], '--when: wanted a JSON document'],
  [['role', 'create', 'x', '--permission', 'read'], '--permission "read": wanted an API and a permission'],
  [['role', 'create', 'admin'], 'name: wanted another name'],
  [['resource', 'create', 'orders'], 'identifier: wanted an absolute URI'],
  [['client', 'rotate-secret', 'shop', '--overlap', '-1'], '--overlap -1: wanted seconds'],
  [['audit', 'list', '--since', 'now'], '--since: wanted a time such as'],
  [['audit', 'list', '--type', 'x'], '--type: there is no "x"'],
  [['apply'], 'Name the file: -f <file>'],
  [['apply', '-f', 'x', '--json'], '--json goes with --yes or --dry-run'],
  [['can', 'kim', 'read'], 'Name account, permission, resource: gatehouse can'],
])('refuses %j as no command, before it reads or opens anything', async (args, sentence) => {
  const error = await run(commands, args, { version: '0', terminal }).catch((thrown) => thrown)
  const ending = endingOf(error)
  expect(ending).toMatchObject({ code: exitCodes.usage, sentence: expect.stringContaining(sentence) })
})

it('ends with a code of its own when the store is away, without a stack', () => {
  expect(endingOf(refuse('store_unavailable'))).toEqual({
    code: exitCodes.storeAway,
    sentence: 'The store does not answer. See: gatehouse doctor\n',
  })
  expect(endingOf(refuse('busy'))).toMatchObject({ code: exitCodes.refused })
  expect(endingOf(new Error('a defect'))).toEqual({ code: exitCodes.refused, sentence: undefined })
})

it('a command on stores that are not there ends with that code and a sentence', async () => {
  const away = await freePort()
  const { code, out, err } = await commandHere({ home: newHome(), port: 3000 }, ['role', 'list'], {
    env: {
      MONGODB_URL: `mongodb://127.0.0.1:${away}/gatehouse`,
      REDIS_URL: `redis://127.0.0.1:${away}`,
      COOKIE_KEYS: 'a-key-for-cookies-that-is-long-enough-for-anybody',
      SEALING_KEY: Buffer.alloc(32, 7).toString('base64'),
    },
  })
  expect({ code, out }).toEqual({ code: exitCodes.storeAway, out: '' })
  expect(err).toMatch(/^MongoDB at \S+ has not answered within /)
})
