import { Redis } from 'ioredis'
import { MongoClient } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { scaleUrls, services, servicesMissing } from './index.ts'

it('tells where the services are, or why they are nowhere', () => {
  expect(services() === undefined).toBe(servicesMissing !== undefined)
})

describe.skipIf(!services())('services', () => {
  it('are a Redis server and a MongoDB-protocol server that answer', async () => {
    const { REDIS_URL, MONGODB_URL } = scaleUrls()
    const redis = new Redis(REDIS_URL)
    const mongo = new MongoClient(MONGODB_URL)
    try {
      expect(await redis.ping()).toBe('PONG')
      await mongo.db().collection<{ _id: string }>('things').insertOne({ _id: 'one' })
      expect(await mongo.db().collection<{ _id: string }>('things').findOne()).toEqual({ _id: 'one' })
    } finally {
      redis.disconnect()
      await mongo.close()
    }
  })

  it('have a place of its own for everyone who asks, and the same one for the same name', () => {
    const [one, two] = [scaleUrls(), scaleUrls()]
    expect(one.REDIS_URL).not.toBe(two.REDIS_URL)
    expect(new URL(one.MONGODB_URL).pathname).not.toBe(new URL(two.MONGODB_URL).pathname)
    expect(scaleUrls('same')).toEqual(scaleUrls('same'))
    expect(scaleUrls('same').REDIS_URL).toMatch(/[?&]prefix=same:$/)
  })
})
