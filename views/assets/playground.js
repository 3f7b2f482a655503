// The playground: a public client that lives in this page and shows what it sends and gets. The record of a run is in
// sessionStorage, because the run leaves the page twice; a real application keeps no token there.
import { published } from './playground-oauth.js'
import {
  accessToken,
  arrive,
  ask,
  exchange,
  gone,
  idToken,
  introspect,
  leave,
  refresh,
  revoke,
  userinfo,
} from './playground-steps.js'
import { view } from './playground-view.js'

const STORE = 'gatehouse-playground'
const root = document.getElementById('playground')
const { locale, words, ...client } = JSON.parse(root.dataset.playground)
const t = (key) => words[key]
const { step } = view(t, locale)

const list = document.getElementById('steps')
const form = document.getElementById('options')
const next = document.getElementById('next')
const onward = document.getElementById('continue')
const buttons = [...root.querySelectorAll('button[data-action]')]

const empty = () => ({ steps: [], seen: 0, tokens: {} })
let run = JSON.parse(sessionStorage.getItem(STORE) ?? 'null') ?? empty()

/** What a person may do next, and the token that it takes. */
const ACTIONS = {
  userinfo: { act: userinfo, needs: 'access_token' },
  refresh: { act: refresh, needs: 'refresh_token' },
  introspect: { act: introspect, needs: 'access_token' },
  revoke: { act: revoke, needs: 'access_token' },
  leave: { act: leave, needs: 'id_token' },
}

/** Shows what is new, and takes a keyboard or a reader of the screen there. */
const show = () => {
  for (const [index, record] of run.steps.entries())
    if (index >= list.children.length) list.append(step(record, index + 1))
  for (const button of buttons) button.hidden = !run.tokens[ACTIONS[button.dataset.action].needs]
  list.hidden = run.steps.length === 0
  next.hidden = run.steps.length === 0
  onward.hidden = !run.url
  if (run.url) onward.href = run.url
  if (run.seen < run.steps.length) list.children[run.seen].querySelector('h2').focus()
  run.seen = run.steps.length
  sessionStorage.setItem(STORE, JSON.stringify(run))
}

const clear = () => {
  run = { ...empty(), options: run.options }
  list.replaceChildren()
}

let isBusy = false
/** Does one thing at a time, keeps its record, and tells when the server could not be reached. */
const work = async (name, task) => {
  if (isBusy) return
  isBusy = true
  try {
    await task()
  } catch (error) {
    run.steps.push({ name, figures: [], error: { code: 'network', text: error.message } })
  } finally {
    isBusy = false
    show()
  }
}

const place = async () => ({
  client,
  server: await published(`${client.issuer}/.well-known/openid-configuration`),
})

const start = async () => {
  clear()
  await ask(await place(), run, Object.fromEntries(new FormData(form)))
}

/** The answer is in the address; it is read once and taken out of it. */
const finish = async (answer) => {
  const here = await place()
  if (run.logoutState && answer.get('state') === run.logoutState) return gone(here, run, answer)
  if (!arrive(here, run, answer)) return undefined
  if (!(await exchange(here, run, answer.get('code')))) return undefined
  await idToken(here, run)
  return accessToken(here, run)
}

for (const [name, value] of Object.entries(run.options ?? {}))
  if (form.elements[name]) form.elements[name].value = value
form.addEventListener('submit', (event) => {
  event.preventDefault()
  work('ask', start)
})
for (const button of buttons) {
  const { act } = ACTIONS[button.dataset.action]
  button.addEventListener('click', () => work(button.dataset.action, async () => act(await place(), run)))
}
document.getElementById('again').addEventListener('click', () => {
  clear()
  show()
  document.getElementById('start').focus()
})

root.hidden = false
const answer = new URLSearchParams(location.search)
const isAnswer = ['code', 'error', 'state'].some((name) => answer.has(name))
if (isAnswer) history.replaceState(null, '', location.pathname)
if (isAnswer) await work('return', () => finish(answer))
else show()
