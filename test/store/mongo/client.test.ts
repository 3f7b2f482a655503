import { expect, it } from 'vitest'
import { newClient } from '../../../src/store/mongo/client.ts'
import { databaseOf, hostsOf } from '../../../src/store/mongo/url.ts'
import { StartFault } from '../../../src/store/start-fault.ts'

it('keeps its durability and its bounds whatever the URL asks for', () => {
  const weak =
    'w=0&journal=false&readPreference=secondary&readConcernLevel=local&retryWrites=false&socketTimeoutMS=0&wtimeoutMS=1'
  const { options } = newClient(`mongodb://127.0.0.1/?${weak}`)
  expect(options.writeConcern).toMatchObject({ w: 'majority', journal: true, wtimeoutMS: 900 })
  expect(options.readConcern?.level).toBe('majority')
  expect(options.readPreference.mode).toBe('primary')
  expect(options).toMatchObject({ retryWrites: true, retryReads: true, socketTimeoutMS: 900 })
})

it.each([
  'mongodb://app:s3cret@',
  'mongodb://app:s3c%ret@127.0.0.1/gatehouse',
  'mongodb://app:s3cret@127.0.0.1:99999/',
  'mongodb://app:s3cret@127.0.0.1/?noSuchOption=s3cret',
  'http://app:s3cret@127.0.0.1/',
])('refuses the URL %s with a sentence that does not repeat the password', (url) => {
  let fault: unknown
  try {
    newClient(url)
  } catch (error) {
    fault = error
  }
  expect(fault).toBeInstanceOf(StartFault)
  expect(String(fault)).toMatch(/MONGODB_URL cannot be used/)
  expect(String(fault)).not.toMatch(/s3c/)
  expect(fault).not.toHaveProperty('cause')
})

it('takes the database from the path, and gatehouse where there is none', () => {
  expect(databaseOf('mongodb://a:1,b:2/people?w=1')).toBe('people')
  expect(databaseOf('mongodb+srv://user:p%40ss@cluster.example/a%20b')).toBe('a b')
  for (const url of ['mongodb://a:1,b:2', 'mongodb://a/', 'mongodb://a/?replicaSet=rs'])
    expect(databaseOf(url)).toBe('gatehouse')
})

it('names the hosts without user, password and options', () => {
  expect(hostsOf('mongodb://user:p%40ss@a:1,b:2/people?w=1')).toBe('a:1,b:2')
  expect(hostsOf('mongodb+srv://cluster.example')).toBe('cluster.example')
})
