// The fields of one item on the form: read, written, shown and hidden.
import { grouped } from './numbers.js'

export const named = (element, name) => element.querySelector(`[name="${CSS.escape(name)}"]`)

// Every field that can be sent, by name. Fields that are hidden with their question keep what was typed.
export function fieldsOf(element) {
  const found = {}
  for (const field of element.querySelectorAll('input[name], select[name], textarea[name]')) {
    if (field.disabled || ((field.type === 'radio' || field.type === 'checkbox') && !field.checked)) continue
    found[field.name] = field.value
  }
  return found
}

// What somebody may have changed of them, in a form in which equal answers are equal.
export function said(element, fields) {
  const { item: code, kind } = element.dataset
  const tidy = Object.entries(fields)
    .filter(([name, value]) => name !== `was-${code}` && value.trim() !== '')
    .map(([name, value]) => [name, name === code && kind === 'amount' ? value.replace(/[\s,]/g, '') : value.replace(/\r\n/g, '\n').trim()])
    .filter(([name, value]) => !(name === `basis-${code}` && value === 'final'))
  return JSON.stringify(tidy.sort())
}

// Put values into an item's fields; a name that is not given is emptied.
export function setFields(element, code, fields) {
  for (const field of element.querySelectorAll('input[name], select[name], textarea[name]')) {
    const value = fields[field.name]
    if (field.type === 'radio') field.checked = value !== undefined && value !== '' && field.value === value
    else if (field.type === 'checkbox') field.checked = value !== undefined
    else if (field.tagName === 'SELECT') field.value = value || 'final'
    else if (field.name !== `was-${code}` || value !== undefined) field.value = value ?? ''
  }
  for (const aside of element.querySelectorAll('details.ys-aside')) {
    if ([...aside.querySelectorAll('input, textarea')].some((field) => field.value !== '')) aside.open = true
  }
}

// An answer as the server tells it, as fields.
export function fieldsFrom(code, told) {
  return {
    [code]: told.value, [`note-${code}`]: told.note, [`basis-${code}`]: told.basis, [`why-${code}`]: told.why,
    [`by-${code}`]: told.by, [`was-${code}`]: String(told.revision),
  }
}

export function groupDigits(input) {
  const value = grouped(input.value)
  if (value !== input.value) input.value = value
}

// Show what is wrong with an item beside it; an empty text takes it away.
export function showProblem(element, code, text) {
  const id = `${code}-error`
  let shown = document.getElementById(id)
  element.classList.toggle('ys-item--error', Boolean(text))
  const input = element.querySelector('.ys-field .govuk-input')
  input?.classList.toggle('govuk-input--error', Boolean(text))
  const described = element.querySelector('fieldset') ?? input
  const others = (described.getAttribute('aria-describedby') ?? '').split(' ').filter((name) => name && name !== id)
  if (text) {
    if (!shown) {
      shown = document.createElement('p')
      shown.className = 'govuk-error-message'
      shown.id = id
      const field = element.querySelector('.ys-radios, .ys-field')
      field.before(shown)
    }
    const spoken = document.createElement('span')
    spoken.className = 'govuk-visually-hidden'
    spoken.textContent = 'Error: '
    shown.replaceChildren(spoken, text)
    others.push(id)
  } else {
    shown?.remove()
  }
  if (others.length) described.setAttribute('aria-describedby', others.join(' '))
  else described.removeAttribute('aria-describedby')
}
