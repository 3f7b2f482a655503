import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { noMetrics, prometheusMetrics } from '../../src/adapters/metrics.ts'
import type { Metrics } from '../../src/domain/observe.ts'

const use = (metrics: Metrics): void => {
  metrics.request('/interaction/:uid', 'GET', 200, 0.02)
  metrics.request('/interaction/:uid', 'GET', 200, 0.02)
  metrics.grpcCall('gatehouse.v1.Access/Evaluate', 'OK', 0.002)
  metrics.tokenIssued('refresh_token')
  metrics.signIn('wrong')
  metrics.refreshReplay('grace')
  metrics.hashQueue(7)
  metrics.mail('reset', 'failed')
  metrics.store('commit', 0.0007)
}

it('publishes every count under its documented name', async () => {
  const { metrics, render } = await prometheusMetrics()
  use(metrics)
  const { body, contentType } = await render()
  expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/)
  const lines = body.split('\n')
  for (const line of [
    'gatehouse_http_requests_total{route="/interaction/:uid",method="GET",status="200"} 2',
    'gatehouse_http_request_duration_seconds_count{route="/interaction/:uid",method="GET"} 2',
    'gatehouse_http_request_duration_seconds_bucket{le="0.025",route="/interaction/:uid",method="GET"} 2',
    'gatehouse_grpc_calls_total{method="gatehouse.v1.Access/Evaluate",code="OK"} 1',
    'gatehouse_grpc_call_duration_seconds_bucket{le="0.0025",method="gatehouse.v1.Access/Evaluate"} 1',
    'gatehouse_tokens_issued_total{grant_type="refresh_token"} 1',
    'gatehouse_sign_ins_total{outcome="wrong"} 1',
    'gatehouse_refresh_replays_total{kind="grace"} 1',
    'gatehouse_password_hash_queue 7',
    'gatehouse_mails_total{kind="reset",outcome="failed"} 1',
    'gatehouse_store_operation_duration_seconds_bucket{le="0.001",operation="commit"} 1',
  ]) {
    expect(lines).toContain(line)
  }
})

it('shows the process, its event loop, and every outcome before it first happens', async () => {
  const { body } = await (await prometheusMetrics()).render()
  for (const name of [
    'process_resident_memory_bytes ',
    'nodejs_eventloop_lag_p99_seconds ',
    'gatehouse_sign_ins_total{outcome="limited"} 0',
    'gatehouse_refresh_replays_total{kind="theft"} 0',
    'gatehouse_mails_total{kind="account_deleted",outcome="dropped"} 0',
    'gatehouse_tokens_issued_total{grant_type="authorization_code"} 0',
  ]) {
    expect(body).toContain(`\n${name}`)
  }
})

it('X-40 makes no new series for what a request brings', async () => {
  const { metrics, render } = await prometheusMetrics()
  for (let n = 0; n < 100; n++) {
    metrics.tokenIssued(`canary-${n}"} 1\n`)
    metrics.request('/livez', `CANARY-${n}`, 200, 0.001)
  }
  const { body } = await render()
  expect(body).not.toMatch(/canary/i)
  expect(body).toContain('gatehouse_tokens_issued_total{grant_type="other"} 100')
  expect(body).toContain('gatehouse_http_requests_total{route="/livez",method="other",status="200"} 100')
})

it('keeps the counts of two registries apart', async () => {
  const [first, second] = [await prometheusMetrics(), await prometheusMetrics()]
  first.metrics.signIn('ok')
  expect((await second.render()).body).toContain('gatehouse_sign_ins_total{outcome="ok"} 0')
})

it('does not load prom-client where nobody asks for metrics', async () => {
  expect(() => use(noMetrics)).not.toThrow()
  const module = new URL('../../src/adapters/metrics.ts', import.meta.url).href
  const script = `
    import { createRequire } from 'node:module'
    const { noMetrics, prometheusMetrics } = await import(${JSON.stringify(module)})
    const { cache } = createRequire(${JSON.stringify(module)})
    const isLoaded = () => Object.keys(cache).some((file) => file.includes('prom-client'))
    noMetrics.signIn('ok')
    const before = isLoaded()
    await prometheusMetrics()
    console.log(before, isLoaded())`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  expect(stdout).toBe('false true\n')
})
