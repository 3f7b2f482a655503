import { createClient } from './oauth.js'

const element = (id) => document.getElementById(id)
const show = () => {
  const claims = client.claims()
  element('signed-out').hidden = Boolean(claims)
  element('signed-in').hidden = !claims
  element('who').textContent = claims ? (claims.name ?? claims.email ?? claims.sub) : ''
}
/** Runs the work of a button and tells what went wrong. */
const attempt = async (work) => {
  element('alert').textContent = ''
  await work().catch((error) => {
    element('alert').textContent = error.message
  })
}

const settings = await (await fetch('/settings.json')).json()
let renewals = 0
const client = await createClient(settings, (event) => {
  if (event === 'renewed') renewals += 1
  element('renewals').textContent = renewals
  show()
})

if (location.pathname === '/callback') await attempt(client.finishSignIn)
show()
element('sign-in').addEventListener('click', () => attempt(client.signIn))
element('sign-out').addEventListener('click', () => attempt(client.signOut))
element('load-orders').addEventListener('click', () =>
  attempt(async () => {
    const response = await client.call(settings.ordersApi)
    element('orders').textContent = `${response.status} ${await response.text()}`
  }),
)
