// Keeping recovery codes. They can be copied by hand as well.
const list = document.querySelector('[data-download]')
const shown = () => [...list.children].map(({ textContent }) => textContent.trim())

for (const button of document.querySelectorAll('[data-save]')) {
  button.hidden = false
  button.addEventListener('click', () => {
    const paper = document.querySelector('.paper').textContent.trim()
    const file = new Blob([[paper, '', ...shown(), ''].join('\n')], { type: 'text/plain' })
    const link = document.createElement('a')
    link.href = URL.createObjectURL(file)
    link.download = list.dataset.download
    link.click()
    URL.revokeObjectURL(link.href)
  })
}
for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => print())
}
