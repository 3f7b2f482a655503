import { it } from 'vitest'
import { kim, startSubject } from './flows/subject.ts'
it('x', async () => {
  const server = await startSubject({ env: { HASH_CONCURRENCY: '1', HASH_QUEUE: '175', LIMIT_SIGN_IN_ACCOUNT_PREFIX: '100000', LIMIT_SIGN_IN_ACCOUNT: '100000', LIMIT_SIGN_IN_PREFIX: '100000' } })
  const timed = async (f: () => Promise<Response>) => { const s = performance.now(); const r = await f(); await r.text(); return [r.status, performance.now() - s] as const }
  const show = (name: string, a: (readonly [number, number])[]) => {
    for (const st of new Set(a.map(([s]) => s))) { const t = a.filter(([s]) => s === st).map(([, x]) => Math.round(x)).sort((x, y) => x - y); console.log(name, st, t.length, 'p50', t[t.length >> 1], 'p99', t[Math.floor(t.length * .99) - 1], 'max', t.at(-1)) }
  }
  for (let i = 0; i < 2; i++) {
    show('me', await Promise.all(Array.from({ length: 1000 }, () => timed(() => fetch(`${server.issuer}/auth/me`)))))
    show('login', await Promise.all(Array.from({ length: 1000 }, (_, k) => timed(() => fetch(`${server.issuer}/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email: k % 2 ? kim.login : `n-${k}@example.com`, password: kim.password }) })))))
  }
  await server.stop()
}, 120_000)
