// What follows from the answers as one types: sums, the change on last year, and which questions are shown.
import { compile } from './formula.js'
import { named } from './fields.js'
import { read, shown } from './numbers.js'

// Watches the items of a form, by code. `update()` brings everything computed up to date; with the server's words, these
// take the place of the own reckoning.
export function follower(form, items) {
  const given = JSON.parse(form.dataset.given)
  const formulas = new Map()
  for (const [code, element] of items) {
    if (element.dataset.formula) formulas.set(code, compile(element.dataset.formula))
  }

  function amount(code) {
    const element = items.get(code)
    if (!element) return code in given ? Number(given[code]) : null
    if (element.dataset.formula) return formulas.get(code).value(amount)
    if (element.dataset.fixed !== undefined) return read(element.dataset.fixed)
    return element.dataset.kind === 'amount' ? read(named(element, code).value, element.dataset.unit) : null
  }

  const usable = (code) => {
    const value = amount(code)
    return value !== null && !Number.isNaN(value)
  }

  function words(code) {
    const element = items.get(code)
    const formula = formulas.get(code)
    if (usable(code)) return shown(amount(code), element.dataset.unit)
    const missing = formula.names.filter((name) => !usable(name)).length
    const more = `${missing} ${missing === 1 ? 'figure' : 'figures'} missing`
    if (!missing) return 'cannot be computed'
    if (!formula.sum || missing === formula.names.length) return more
    const soFar = formula.names.filter(usable).reduce((sum, name) => sum + amount(name), 0)
    return `${shown(soFar, element.dataset.unit)} so far, ${more}`
  }

  function showChange(code, element) {
    const place = element.querySelector('[data-change]')
    if (!place) return
    const last = Number(element.dataset.last)
    if (!usable(code) || last === 0) {
      place.textContent = ''
      place.classList.remove('ys-change--large')
      return
    }
    const percent = ((amount(code) - last) * 100) / Math.abs(last)
    const size = Math.abs(percent).toLocaleString('en-GB', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
    const large = Math.abs(percent) > Number(element.dataset.limit)
    const move = size === '0.0' ? 'no change' : `${percent > 0 ? 'up' : 'down'} ${size}%`
    place.textContent = large ? `${move}: more than ${element.dataset.limit}%, to be explained` : move
    place.classList.toggle('ys-change--large', large)
  }

  const chosen = (code) => items.get(code)?.querySelector('.ys-radios input:checked')?.value ?? ''

  function showAsked(code, element) {
    const { askedIf, noteWhen } = element.dataset
    if (askedIf && items.has(askedIf)) element.hidden = chosen(askedIf) !== 'yes'
    const note = element.querySelector('.ys-note')
    if (note && noteWhen) note.hidden = chosen(code) !== noteWhen && note.querySelector('textarea').value === ''
    const clear = element.querySelector('.ys-clear')
    if (clear) clear.hidden = chosen(code) === ''
  }

  return {
    update(told = {}) {
      for (const [code, element] of items) showAsked(code, element)
      for (const [code, element] of items) {
        if (element.dataset.formula) {
          element.querySelector('output').textContent = told[code]?.words || words(code)
          element.hidden = formulas.get(code).names.some((name) => items.get(name)?.hidden)
        }
        showChange(code, element)
      }
    },
  }
}
