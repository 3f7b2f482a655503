// Small comforts for browsers with JavaScript. Every page works without this file.
const all = (selector) => document.querySelectorAll(selector)

// Show and hide a password.
for (const button of all('button[data-reveal]')) {
  const input = document.getElementById(button.dataset.reveal)
  const reveal = (show) => {
    input.type = show ? 'text' : 'password'
    button.firstChild.data = show ? button.dataset.hide : button.dataset.show
  }
  button.hidden = false
  button.addEventListener('click', () => reveal(input.type === 'password'))
  // A browser offers to keep a password only from a password field.
  input.form.addEventListener('submit', () => reveal(false))
}

// A first impression of a new password. The server decides.
for (const meter of all('[data-strength]')) {
  const input = document.getElementById(meter.dataset.strength)
  const words = JSON.parse(meter.dataset.words)
  const least = Number(meter.dataset.min)
  const levelOf = (characters) => {
    if (characters.length === 0) return 0
    if (characters.length < least) return 1
    if (new Set(characters).size < 6) return 2
    return characters.length < least + 5 ? 3 : 4
  }
  input.addEventListener('input', () => {
    const level = levelOf([...input.value])
    meter.hidden = level === 0
    meter.className = `strength hint ${['', 'bad', 'warn', 'good', 'good'][level]}`
    meter.style.setProperty('--n', level) // a property set by script is no inline style: the CSP allows it
    if (meter.textContent !== words[level]) meter.textContent = words[level]
  })
}

// A second press while the first is on its way sends nothing; coming back to the page makes the form new.
const sent = new WeakMap()
for (const form of document.forms) {
  form.addEventListener('submit', (event) => {
    if (event.timeStamp - (sent.get(form) ?? -Infinity) < 3000) event.preventDefault()
    else sent.set(form, event.timeStamp)
  })
}
addEventListener('pageshow', () => {
  for (const form of document.forms) sent.delete(form)
})
