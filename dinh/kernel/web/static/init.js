import { initAll } from './govuk.js'
document.body.classList.add('js-enabled', 'govuk-frontend-supported')
initAll()
// Arrow keys go from row to row of a list that asks for it; without script the tab key does.
document.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  const list = step && event.target.closest('[data-rows]')
  if (!list || !event.target.matches('[data-rows] th a')) return
  const links = [...list.querySelectorAll('th a')]
  const next = links[links.indexOf(event.target) + step]
  if (next) { event.preventDefault(); next.focus() }
})
