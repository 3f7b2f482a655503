import { request } from 'node:http'
import { type CookieJar, cookieJar } from './cookies.ts'
import { formOf, submission } from './forms.ts'
import { type Element, parseHtml, select, textOf } from './html.ts'

/** What the agent looks at: the last answer of a chain of redirects. */
export interface Page {
  url: string
  status: number
  headers: Record<string, string | string[] | undefined>
  html: string
  /** Where the answer redirects to, when the agent was told to stop there or has followed enough. */
  location: string | undefined
  /** Elements by a compound selector such as `input[name=login]`. */
  select(selector: string): Element[]
  has(selector: string): boolean
  /** Text of the first such element; an empty string if there is none. */
  text(selector: string): string
}

export interface Step {
  /** Do not follow a redirect to a URL with this prefix; `''` follows none. */
  stopAt?: string
  headers?: Record<string, string>
}

/** A person at a browser without JavaScript: keeps cookies, follows redirects and links, fills in forms. */
export interface Agent {
  cookies: CookieJar
  get(url: string, step?: Step): Promise<Page>
  /** Follows the link that the selector finds. */
  follow(page: Page, link: string, step?: Step): Promise<Page>
  /**
   * Presses a button: sends its form with the values of the page, except those in `values`.
   *
   * @throws Error if there is no such button or a value has no field
   */
  submit(page: Page, button: string, values?: Record<string, string>, step?: Step): Promise<Page>
  /**
   * Sends a form of one's own making, for negative tests; no `Origin` unless `step.headers` has one. A string is sent
   * as it is.
   */
  post(url: string, fields: string | Record<string, string> | [string, string][], step?: Step): Promise<Page>
}

interface Exchange {
  method: string
  url: URL
  body: string | undefined
  headers: Record<string, string>
}

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
}

const send = ({ method, url, body, headers }: Exchange): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })

const pageOf = (url: URL, { status, headers, text }: Answer): Page => {
  const isHtml = String(headers['content-type'] ?? '').startsWith('text/html')
  const root = parseHtml(isHtml ? text : '')
  const first = (selector: string) => select(root, selector)[0]
  return {
    url: url.href,
    status,
    headers,
    html: text,
    location: typeof headers.location === 'string' ? new URL(headers.location, url).href : undefined,
    select: (selector) => select(root, selector),
    has: (selector) => first(selector) !== undefined,
    text: (selector) => textOf(first(selector) ?? parseHtml('')),
  }
}

const FORM = 'application/x-www-form-urlencoded'

// Fetch Metadata and Origin, as a browser adds them to a form's submission.
const submitHeaders = (from: URL, to: URL): Record<string, string> => {
  const site =
    from.origin === to.origin ? 'same-origin' : from.hostname === to.hostname ? 'same-site' : 'cross-site'
  return {
    origin: from.origin,
    'sec-fetch-site': site,
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  }
}

/** The request that a redirect asks for: 303, and by custom 301 and 302 after a POST, turn into a GET. */
const redirected = (page: Page, asked: Exchange, location: string): Exchange => {
  const url = new URL(location)
  const repeats = page.status === 307 || page.status === 308
  return repeats ? { ...asked, url } : { method: 'GET', url, body: undefined, headers: {} }
}

/**
 * @param options.cookies a jar to share between agents; each has its own by default
 * @param options.headers sent with every request, for instance `accept-language`
 * @param options.onAnswer looks at every answer, also at those of a chain of redirects
 */
export const createAgent = (
  options: { cookies?: CookieJar; headers?: Record<string, string>; onAnswer?: (page: Page) => void } = {},
): Agent => {
  const cookies = options.cookies ?? cookieJar()
  const visit = async (asked: Exchange, step: Step, redirects = 20): Promise<Page> => {
    const cookie = cookies.header(asked.url)
    const base = { accept: 'text/html,*/*;q=0.8', ...options.headers, ...(cookie ? { cookie } : {}) }
    const answer = await send({ ...asked, headers: { ...base, ...asked.headers, ...step.headers } })
    cookies.take(asked.url, [answer.headers['set-cookie'] ?? []].flat())
    const page = pageOf(asked.url, answer)
    options.onAnswer?.(page)
    const { location } = page
    if (page.status < 300 || page.status > 399 || location === undefined) return page
    if (step.stopAt !== undefined && location.startsWith(step.stopAt)) return page
    if (redirects === 0) throw new Error(`Too many redirects, the last one to ${location}`)
    return visit(redirected(page, asked, location), step, redirects - 1)
  }
  const get: Agent['get'] = (url, step = {}) =>
    visit({ method: 'GET', url: new URL(url), body: undefined, headers: {} }, step)
  return {
    cookies,
    get,
    follow: (page, link, step) => {
      const href = page.select(link)[0]?.attributes.href
      if (href === undefined) throw new Error(`No link ${link} on ${page.url} (${page.status})`)
      return get(new URL(href, page.url).href, step)
    },
    submit: async (page, button, values = {}, step = {}) => {
      const { method, url, body } = submission(formOf(page, button), page.url, values)
      const headers =
        method === 'POST' ? { 'content-type': FORM, ...submitHeaders(new URL(page.url), url) } : {}
      return visit({ method, url, body, headers }, step)
    },
    post: (url, fields, step = {}) => {
      const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString()
      return visit({ method: 'POST', url: new URL(url), body, headers: { 'content-type': FORM } }, step)
    },
  }
}
