import { describe, expect, it } from 'vitest'
import { parseRedisUrl } from '../../../src/store/redis/url.ts'
import { StartFault } from '../../../src/store/start-fault.ts'

describe('REDIS_URL', () => {
  it('reads a single server with the standard port, database and prefix', () => {
    expect(parseRedisUrl('redis://cache')).toEqual({
      kind: 'single',
      hosts: [{ host: 'cache', port: 6379 }],
      tls: false,
      username: undefined,
      password: undefined,
      primary: '',
      database: 0,
      prefix: 'gatehouse:',
      wait: 0,
      sentinelAuth: false,
    })
  })

  it('reads user, password with any characters, port, database and options', () => {
    expect(parseRedisUrl('rediss://gate:p%40ss%2Fw%3Ard@[::1]:7000/3?prefix=gh:&wait=2')).toMatchObject({
      kind: 'single',
      hosts: [{ host: '::1', port: 7000 }],
      tls: true,
      username: 'gate',
      password: 'p@ss/w:rd',
      database: 3,
      prefix: 'gh:',
      wait: 2,
    })
    expect(parseRedisUrl('redis://:only@cache')).toMatchObject({ username: undefined, password: 'only' })
  })

  it('reads the Sentinels, the name of the primary and whether they want the password', () => {
    expect(parseRedisUrl('redis+sentinel://:secret@one:26380,two/mymaster/1?sentinel_auth=on')).toMatchObject(
      {
        kind: 'sentinel',
        hosts: [
          { host: 'one', port: 26380 },
          { host: 'two', port: 26379 },
        ],
        primary: 'mymaster',
        database: 1,
        sentinelAuth: true,
      },
    )
  })

  it('reads the nodes of a cluster', () => {
    expect(parseRedisUrl('rediss+cluster://one:7000,two:7001')).toMatchObject({
      kind: 'cluster',
      tls: true,
      hosts: [
        { host: 'one', port: 7000 },
        { host: 'two', port: 7001 },
      ],
    })
  })

  it.each([
    ['http://cache', 'must look like'],
    ['redis://', 'malformed host'],
    ['redis+sentinel://one,,two/mymaster', 'malformed host'],
    ['redis://cache:70000', 'port'],
    ['redis://one,two', 'several hosts'],
    ['redis://user@cache', 'without a password'],
    ['redis://user:@cache', 'empty password'],
    ['redis://:a%zzb@cache', 'percent-encoded'],
    ['redis+sentinel://one', 'name the primary'],
    ['redis://cache/first', 'database number'],
    ['redis+cluster://one/1', 'only 0'],
    ['redis+cluster://one?wait=1', 'without a cluster'],
    ['redis://cache?wait=many', 'number of replicas'],
    ['redis://cache?prefix=', 'prefix'],
    ['redis://cache?prefix=a%20b', 'prefix'],
    ['redis://cache?db=1', 'unknown option'],
    ['redis+sentinel://one/m?sentinel_auth=yes', 'sentinel_auth'],
  ])('refuses %s and says why', (url, reason) => {
    expect(() => parseRedisUrl(url)).toThrow(StartFault)
    expect(() => parseRedisUrl(url)).toThrow(reason)
  })

  it('never repeats a password', () => {
    const urls = [
      'redis://user:hunter2@cache:70000',
      'redis://user:hunter2@',
      'redis://user:hunter2/@cache',
      'redis:/user:hunter2@cache',
      'redis://hunter2@cache',
      'redis://user:hunter2%zz@cache',
      'redis://cache?hunter2=1',
    ]
    for (const url of urls) {
      expect(() => parseRedisUrl(url)).toThrow(expect.not.stringContaining('hunter2'))
      expect(() => parseRedisUrl(url)).toThrow(StartFault)
    }
  })
})
