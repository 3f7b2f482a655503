import { MongoClient, type MongoClientOptions } from 'mongodb'
import { StartFault } from '../start-fault.ts'
import { CALL_LIMIT } from './calls.ts'

/** Milliseconds to wait for a primary: an election is over in that time or the call is refused. */
const SELECTION = 600

/**
 * Every one of them wins over the same option in the URL. The driver's `timeoutMS` has no effect in this version: each
 * wait has its own bound here, and `calls` bounds their sum.
 */
const options: MongoClientOptions = {
  appName: 'gatehouse',
  // An acknowledged write survives the loss of a machine (of a replica set of three) and a crash of every one.
  w: 'majority',
  journal: true,
  wtimeoutMS: CALL_LIMIT,
  readConcernLevel: 'majority',
  readPreference: 'primary',
  // A write whose answer is lost is sent again under its number, which a replica set does once: an insert is not told
  // `taken` because of itself. A standalone server has no numbers, so the driver sends nothing twice there.
  retryWrites: true,
  retryReads: true,
  maxPoolSize: 20,
  serverSelectionTimeoutMS: SELECTION,
  waitQueueTimeoutMS: CALL_LIMIT,
  connectTimeoutMS: CALL_LIMIT,
  socketTimeoutMS: CALL_LIMIT,
  // Notices within two seconds that the server is back, also after a silent network.
  heartbeatFrequencyMS: 500,
  serverMonitoringMode: 'poll',
  // A member that is undefined is left out; filters are made by `where`, which refuses them.
  ignoreUndefined: true,
}

/**
 * A client that is not connected yet.
 *
 * @param patient for long operations of the start: without bounds on the answer
 * @throws StartFault if the URL cannot be used; the reason is not repeated, it may hold the password
 */
export const newClient = (url: string, { patient = false }: { patient?: boolean } = {}): MongoClient => {
  try {
    return new MongoClient(url, patient ? { ...options, socketTimeoutMS: 0, wtimeoutMS: 0 } : options)
  } catch {
    throw new StartFault(
      'MONGODB_URL cannot be used: it must look like mongodb://user:password@host:27017/database, or mongodb+srv://, ' +
        'with percent-encoding in user and password and options that the driver knows',
    )
  }
}
