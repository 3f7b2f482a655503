// Passkeys (Web Authentication Level 3). The forms are hidden until it is known that the browser can use them.
const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

// What older browsers do not do by themselves.
const known = (list) => list?.map((credential) => ({ ...credential, id: bytes(credential.id) }))
const decoded = ({ challenge, user, excludeCredentials, allowCredentials, ...rest }) => ({
  ...rest,
  challenge: bytes(challenge),
  ...(user && { user: { ...user, id: bytes(user.id) } }),
  ...(excludeCredentials && { excludeCredentials: known(excludeCredentials) }),
  ...(allowCredentials && { allowCredentials: known(allowCredentials) }),
})
const encoded = ({ id, rawId, type, response }) => {
  const members = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']
  const given = members.filter((name) => response[name]).map((name) => [name, text(response[name])])
  const transports = response.getTransports?.()
  return {
    id,
    rawId: text(rawId),
    type,
    response: { ...Object.fromEntries(given), ...(transports && { transports }) },
    clientExtensionResults: {},
  }
}
const asJson = (credential) => {
  try {
    return credential.toJSON()
  } catch {
    return encoded(credential)
  }
}
const parsers = { get: 'parseRequestOptionsFromJSON', create: 'parseCreationOptionsFromJSON' }

const askFor = async (form) => {
  const body = new URLSearchParams({ csrf: form.elements.csrf.value })
  const answer = await fetch(form.dataset.options, { method: 'POST', body })
  // Something else is asked of the person first: the page leads there.
  if (answer.redirected) location.reload()
  if (answer.redirected || !answer.ok) throw new Error(`options: ${answer.status}`)
  const json = await answer.json()
  return window.PublicKeyCredential[parsers[form.dataset.passkey]]?.(json) ?? decoded(json)
}

let waiting
const perform = async (form, mediation) => {
  waiting?.abort()
  waiting = new AbortController()
  const { signal } = waiting
  const publicKey = await askFor(form)
  signal.throwIfAborted()
  const credential = await navigator.credentials[form.dataset.passkey]({ publicKey, signal, ...mediation })
  form.elements.response.value = JSON.stringify(asJson(credential))
  form.submit()
}

// The browser offers passkeys at the field of the address (conditional mediation).
const offer = async (form) => {
  if (await window.PublicKeyCredential.isConditionalMediationAvailable?.())
    await perform(form, { mediation: 'conditional' })
}

if (window.PublicKeyCredential)
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    const failed = form.querySelector('[data-failed]')
    form.hidden = false
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      failed.hidden = true
      try {
        await perform(form)
      } catch {
        failed.role = 'alert'
        failed.hidden = false
      }
    })
    // Nobody asked for it, so nobody hears that it came to nothing.
    if ('offered' in form.dataset) offer(form).catch(() => undefined)
  }

// A password manager need not offer what is gone here (Web Authentication Level 3 §5.1.10).
for (const { dataset } of document.querySelectorAll('[data-gone]'))
  window.PublicKeyCredential?.signalUnknownCredential?.({ rpId: dataset.rp, credentialId: dataset.gone })
