import type { Registry } from 'prom-client'
import type { LetterKind, MailOutcome } from '../domain/mail.ts'
import type { Metrics } from '../domain/observe.ts'

/** For a server that nobody scrapes. */
export const noMetrics: Metrics = {
  request: () => undefined,
  grpcCall: () => undefined,
  tokenIssued: () => undefined,
  signIn: () => undefined,
  refreshReplay: () => undefined,
  breachedPasswordCheck: () => undefined,
  hashQueue: () => undefined,
  mail: () => undefined,
  store: () => undefined,
}

export interface Exposition {
  body: string
  contentType: string
}

export interface PrometheusMetrics {
  metrics: Metrics
  /**
   * What has been counted, with numbers of the process and its event loop.
   *
   * @param form `text`: the exposition format; `report`: JSON for `mergedMetrics` of another process
   */
  render(form?: 'text' | 'report'): Promise<Exposition>
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const GRANT_TYPES = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:openid:params:grant-type:ciba',
]
const OUTCOMES: Parameters<Metrics['signIn']>[0][] = ['ok', 'wrong', 'limited', 'busy']
const REPLAYS: Parameters<Metrics['refreshReplay']>[0][] = ['grace', 'theft']
const LOOK_UPS: Parameters<Metrics['breachedPasswordCheck']>[0][] = ['clean', 'breached', 'unavailable']

const LETTERS: LetterKind[] = [
  'verify',
  'register',
  'already_registered',
  'reset',
  'new_device',
  'credential_changed',
  'second_factor_failed',
  'confirm_new_address',
  'address_changed',
  'deletion_requested',
  'account_deleted',
]
const MAIL_OUTCOMES: MailOutcome[] = ['sent', 'failed', 'dropped']

/** A label is from a closed set: what a request brings must not make new time series. */
const oneOf = (known: readonly string[], value: string): string => (known.includes(value) ? value : 'other')

/** Seconds. */
const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const STORE_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 2]

/** Starts to count, in a registry of its own. prom-client costs memory, so it is loaded here and not before. */
export const prometheusMetrics = async (): Promise<PrometheusMetrics> => {
  const prom = await import('prom-client')
  const register = new prom.Registry()
  prom.collectDefaultMetrics({ register })
  const { requests, calls, tokens, signIns, replays, lookUps, mails } = counters(prom, [register])
  const { durations, callDurations, store, queue } = measures(prom, [register])

  return {
    metrics: {
      request(route, rawMethod, status, seconds) {
        const method = oneOf(METHODS, rawMethod)
        requests.inc({ route, method, status })
        durations.observe({ route, method }, seconds)
      },
      grpcCall(method, code, seconds) {
        calls.inc({ method, code })
        callDurations.observe({ method }, seconds)
      },
      tokenIssued: (grantType) => tokens.inc({ grant_type: oneOf(GRANT_TYPES, grantType) }),
      signIn: (outcome) => signIns.inc({ outcome }),
      refreshReplay: (kind) => replays.inc({ kind }),
      breachedPasswordCheck: (outcome) => lookUps.inc({ outcome }),
      hashQueue: (length) => queue.set(length),
      mail: (kind, outcome) => mails.inc({ kind, outcome }),
      store: (operation, seconds) => store.observe({ operation }, seconds),
    },
    render: async (form = 'text') =>
      form === 'text'
        ? { body: await register.metrics(), contentType: register.contentType }
        : { body: JSON.stringify(await register.getMetricsAsJSON()), contentType: 'application/json' },
  }
}

export interface MergedMetrics {
  /** Keeps what a process that has ended had counted: a sum that falls would look like a restart of them all. */
  retire(report: string): void
  /**
   * The sums of the living and the retired, in the text exposition format.
   *
   * @param processes number of those that live
   */
  render(reports: readonly string[], processes: number): Promise<Exposition>
}

/** Puts together what several processes report. */
export const mergedMetrics = async (): Promise<MergedMetrics> => {
  const { AggregatorRegistry, Gauge } = await import('prom-client')
  let retired: object[] = []
  return {
    retire(report) {
      const lasting = parseReport(report).filter(({ type }) => type === 'counter' || type === 'histogram')
      retired = AggregatorRegistry.aggregate([retired, lasting]).getMetricsAsArray()
    },
    async render(reports, processes) {
      const register = AggregatorRegistry.aggregate([...reports.map(parseReport), retired])
      const help = 'Worker processes that live'
      new Gauge({ name: 'gatehouse_workers', help, registers: [register] }).set(processes)
      return { body: await register.metrics(), contentType: register.contentType }
    },
  }
}

const parseReport = (text: string): { type: string }[] => JSON.parse(text)

type Prom = typeof import('prom-client')

const counters = ({ Counter }: Prom, registers: Registry[]) => {
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name: `gatehouse_${name}`, help, labelNames, registers })
  const requests = counter('http_requests_total', 'HTTP requests answered', ['route', 'method', 'status'])
  const calls = counter('grpc_calls_total', 'gRPC calls answered', ['method', 'code'])
  const tokens = counter('tokens_issued_total', 'Token requests that succeeded', ['grant_type'])
  const signIns = counter('sign_ins_total', 'Attempts to sign in', ['outcome'])
  const replays = counter('refresh_replays_total', 'Refresh tokens that came again', ['kind'])
  const lookUps = counter('breached_password_checks_total', 'New passwords looked up', ['outcome'])
  const mails = counter('mails_total', 'Letters sent, given up or dropped', ['kind', 'outcome'])
  // A series that starts at zero shows its first increase.
  for (const grant_type of [...GRANT_TYPES, 'other']) tokens.inc({ grant_type }, 0)
  for (const outcome of OUTCOMES) signIns.inc({ outcome }, 0)
  for (const kind of REPLAYS) replays.inc({ kind }, 0)
  for (const outcome of LOOK_UPS) lookUps.inc({ outcome }, 0)
  for (const kind of LETTERS) for (const outcome of MAIL_OUTCOMES) mails.inc({ kind, outcome }, 0)
  return { requests, calls, tokens, signIns, replays, lookUps, mails }
}

const measures = ({ Gauge, Histogram }: Prom, registers: Registry[]) => ({
  durations: new Histogram({
    name: 'gatehouse_http_request_duration_seconds',
    help: 'Time to answer an HTTP request',
    labelNames: ['route', 'method'],
    buckets: REQUEST_BUCKETS,
    registers,
  }),
  callDurations: new Histogram({
    name: 'gatehouse_grpc_call_duration_seconds',
    help: 'Time to answer a gRPC call',
    labelNames: ['method'],
    buckets: REQUEST_BUCKETS,
    registers,
  }),
  store: new Histogram({
    name: 'gatehouse_store_operation_duration_seconds',
    help: 'Time of a store operation',
    labelNames: ['operation'],
    buckets: STORE_BUCKETS,
    registers,
  }),
  queue: new Gauge({ name: 'gatehouse_password_hash_queue', help: 'Password hashes that wait', registers }),
})
