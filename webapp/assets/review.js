// The review's page: annotate without leaving the row, and go through the figures by keyboard. Every page works without it.
const template = document.getElementById('annotation-form')
const rows = () => [...document.querySelectorAll('[data-figure]')]
let draft = null // the open form: { row, form, link, key, range }
let chosen = null // the passage that was selected when the pointer went down: a click on a link gives it up

// What is typed is kept in this browser until it is saved: a closed tab or a lost connection loses nothing.
const KEPT = 'yardstick-annotation:'
const kept = {
  get: (key) => { try { return JSON.parse(localStorage.getItem(KEPT + key)) } catch { return null } },
  set: (key, value) => { try { localStorage.setItem(KEPT + key, JSON.stringify(value)) } catch { /* a browser may keep nothing */ } },
  drop: (key) => { try { localStorage.removeItem(KEPT + key) } catch { /* the same */ } },
}

// The words of the body that are selected, if all of them stand in one of its texts.
function picked() {
  const selection = getSelection()
  if (!selection?.rangeCount || selection.isCollapsed) return null
  const range = selection.getRangeAt(0)
  const inside = range.commonAncestorContainer
  const text = (inside.nodeType === Node.ELEMENT_NODE ? inside : inside.parentElement).closest('[data-words]')
  const words = range.toString().trim()
  if (!text || !words) return null
  const before = document.createRange()
  before.setStart(text, 0)
  before.setEnd(range.startContainer, range.startOffset)
  return { row: text.closest('[data-figure]'), words, before: before.toString().slice(-64), range: range.cloneRange() }
}

// Put a selected passage of the row into the form.
function quote(form, passage) {
  form.elements.passage.value = passage.words
  form.elements.before.value = passage.before
  draft.range = passage.range
}

function open(link, passage = null) {
  if (draft?.link === link) {
    if (passage) quote(draft.form, passage)
    return focusText(draft.form)
  }
  if (draft && !close()) return
  const row = link.closest('[data-figure]')
  const label = link.querySelector('.govuk-visually-hidden').textContent.trim()
  const holder = document.createElement('div')
  holder.innerHTML = template.innerHTML
  const form = holder.querySelector('form')
  form.action = `${template.dataset.items}${row.id}/annotations${template.dataset.kept}`
  for (const field of form.elements) if (field.name?.startsWith('new-')) field.name = field.name.slice(4)
  form.querySelector('p').textContent = `Annotate “${label}”`
  if (!row.querySelector('[data-words]')) {
    form.elements.passage.closest('.govuk-form-group').remove()
    form.elements.before.remove()
  }
  link.after(form)
  link.hidden = true
  draft = { row, form, link, key: `${location.pathname}#${row.id}` }
  const typed = kept.get(draft.key)
  if (typed) for (const field of form.elements) restore(field, typed)
  if (passage?.row === row) quote(form, passage)
  form.addEventListener('input', () => kept.set(draft.key, Object.fromEntries(new FormData(form))))
  form.addEventListener('submit', send)
  form.querySelector('[data-cancel]').addEventListener('click', (event) => { event.preventDefault(); close(true) })
  focusText(form)
}

function restore(field, typed) {
  if (!(field.name in typed) || field.type === 'hidden') return
  if (field.type === 'radio') field.checked = field.value === typed[field.name]
  else field.value = typed[field.name]
}

const textOf = (form) => form.elements.text
const focusText = (form) => { textOf(form).focus(); textOf(form).scrollIntoView({ block: 'nearest' }) }

// Give up the open form. One with words in it stays, unless somebody cancels: the words are kept for the next time all the same.
function close(cancelled = false) {
  if (!draft) return true
  if (!cancelled && textOf(draft.form).value.trim()) { focusText(draft.form); return false }
  if (cancelled) kept.drop(draft.key)
  const { form, link } = draft
  form.remove()
  link.hidden = false
  draft = null
  link.focus()
  return true
}

async function send(event) {
  event.preventDefault()
  const { form, link, key, range } = draft
  if (!textOf(form).value.trim()) return problem(form, 'Write the annotation.')
  const button = form.querySelector('[type=submit]')
  button.disabled = true
  let answer
  try {
    answer = await fetch(form.action, { method: 'POST', body: new FormData(form), headers: { 'X-Fragment': '1' }, redirect: 'manual' })
  } catch {
    button.disabled = false
    return problem(form, 'There is no connection now. What you wrote is kept in this browser; save it when you are back.')
  }
  if (answer.status === 422) { // what is to be mended is told beside its field
    button.disabled = false
    for (const [name, messages] of Object.entries(await answer.json())) problem(form, messages[0], form.elements[name])
    return
  }
  if (answer.status !== 201) { // signed out, overtaken, or not allowed: the server says it best, on a page of its own
    if (answer.type === 'opaqueredirect') { button.disabled = false; return problem(form, 'You are signed out. Sign in in another tab, then save again: what you wrote is kept.') }
    form.removeEventListener('submit', send)
    button.disabled = false
    return form.requestSubmit()
  }
  kept.drop(key)
  const made = document.createElement('div')
  made.innerHTML = await answer.text()
  const card = made.querySelector('.ys-annotation')
  mark(range, form.elements.passage?.value)
  form.replaceWith(card)
  link.hidden = false
  draft = null
  card.tabIndex = -1
  card.focus()
  say('The annotation is saved.')
}

// Mark the passage in its row, as the page does when it is drawn anew.
function mark(range, words) {
  if (!range || range.toString().trim() !== words) return
  try { range.surroundContents(document.createElement('mark')) } catch { /* it begins or ends in another mark */ }
}

function problem(form, text, field = textOf(form)) {
  if (!field?.closest) field = textOf(form) // a choice is many fields
  const shown = form.querySelector('.ys-problem') ?? Object.assign(document.createElement('p'), { className: 'govuk-error-message ys-problem', id: 'annotation-problem' })
  for (const group of form.querySelectorAll('.govuk-form-group--error')) group.classList.remove('govuk-form-group--error')
  shown.textContent = text
  field.before(shown)
  field.closest('.govuk-form-group').classList.add('govuk-form-group--error')
  field.setAttribute('aria-describedby', shown.id)
  field.focus()
}

const live = Object.assign(document.createElement('p'), { className: 'govuk-visually-hidden', role: 'status' })
document.body.append(live)
const say = (text) => { live.textContent = ''; setTimeout(() => { live.textContent = text }, 50) }

// The keyboard: single letters, only while nothing is typed, and to be switched off (WCAG 2.1.4).
const KEYS = [['n', 'next figure'], ['p', 'previous figure'], ['a', 'annotate this figure'], ['r', 'resolve the first question here'],
  ['u', 'what is unusual'], ['f', 'every figure'], ['?', 'this list']]
const OFF = 'yardstick-keys-off'
let here = -1

function go(by) {
  const found = rows()
  if (!found.length) return
  const now = document.activeElement?.closest?.('[data-figure]')
  if (now) here = found.indexOf(now)
  here = Math.max(0, Math.min(found.length - 1, here + by))
  found.forEach((row, n) => row.classList.toggle('ys-row--here', n === here))
  const row = found[here]
  row.tabIndex = -1
  row.focus({ preventScroll: true })
  row.scrollIntoView({ block: 'center' })
}

const current = () => document.activeElement?.closest?.('[data-figure]') ?? rows()[here]
const does = {
  n: () => go(1),
  p: () => go(-1),
  a: () => { const passage = picked(); const link = (passage?.row ?? current())?.querySelector('[data-open]'); if (link) open(link, passage) },
  r: () => { const button = current()?.querySelector('[data-resolve]'); if (button) button.form.requestSubmit(button) },
  u: () => { location.search = '?show=unusual' },
  f: () => { location.search = '?show=all' },
  '?': help,
}

function help() {
  const box = document.createElement('dialog')
  box.className = 'ys-keys'
  box.setAttribute('aria-label', 'Keyboard shortcuts')
  const list = KEYS.map(([key, says]) => `<dt><kbd>${key}</kbd></dt><dd>${says}</dd>`).join('')
  box.innerHTML = `<h2 class="govuk-heading-m">Keyboard shortcuts</h2><dl>${list}<dt><kbd>Esc</kbd></dt><dd>give up an empty form</dd></dl>
    <div class="govuk-checkboxes govuk-checkboxes--small"><div class="govuk-checkboxes__item"><input class="govuk-checkboxes__input" type="checkbox" id="keys-off"><label class="govuk-label govuk-checkboxes__label" for="keys-off">Switch the letters off</label></div></div>
    <form method="dialog"><button class="govuk-button govuk-!-margin-bottom-0">Close</button></form>`
  document.body.append(box)
  const off = box.querySelector('#keys-off')
  off.checked = localStorage.getItem(OFF) === '1'
  off.addEventListener('change', () => localStorage.setItem(OFF, off.checked ? '1' : '0'))
  box.addEventListener('close', () => box.remove())
  box.showModal()
}

document.addEventListener('keydown', (event) => {
  const typing = event.target.closest?.('input:not([type=radio]):not([type=checkbox]), textarea, select, dialog')
  if (event.key === 'Escape' && draft) return void close()
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !does[event.key]) return
  if (event.key !== '?' && localStorage.getItem(OFF) === '1') return
  event.preventDefault()
  does[event.key]()
})
document.addEventListener('pointerdown', () => { chosen = picked() }, true)
document.addEventListener('click', (event) => {
  const link = event.target.closest('[data-open]')
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); open(link, picked() ?? chosen) }
  if (event.target.closest('[data-keys]')) help()
})
