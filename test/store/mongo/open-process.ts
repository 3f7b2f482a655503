import { openMongo } from '../../../src/store/mongo/open.ts'

const store = await openMongo({
  url: process.argv[2] ?? '',
  now: Date.now,
  log: { warn: () => undefined },
  metrics: { store: () => undefined },
  changed: () => undefined,
  added: () => undefined,
})
await store.intents()
process.stdout.write('opened\n')
await store.close()
