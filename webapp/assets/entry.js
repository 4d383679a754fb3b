// The form of a function: adds up as one types, saves as one goes, keeps in this browser what the server has not got yet.
// The form works without it.
import { fieldsFrom, fieldsOf, groupDigits, named, said, setFields, showProblem } from './fields.js'
import { keeper } from './kept.js'
import { follower } from './sums.js'

const PAUSE = 1500
const AGAIN = [3000, 5000, 10000, 20000, 30000]
const form = document.getElementById('entry')
const status = document.getElementById('status')
const $ = (id) => document.getElementById(id)

const items = new Map([...form.querySelectorAll('[data-item]')].map((element) => [element.dataset.item, element]))
const typed = [...items].filter(([, element]) => element.dataset.kind)
const follow = follower(form, items)
const kept = keeper(form.dataset.key)
const baseline = new Map()
const dirty = new Set()
const refused = new Map()
const problems = new Map()
const clashing = new Set()
let since = form.dataset.at
let sending = null
let timer = 0
let failures = 0
let stopped = ''
let clock = ''
let leaving = false

for (const [, element] of typed) {
  const none = element.querySelector('.ys-unanswered input')
  if (none) {
    none.checked = false
    none.disabled = true
  }
}
for (const [code, element] of typed) baseline.set(code, said(element, fieldsOf(element)))
follow.update()
// A page that gives back what was refused is sent whole by its button: which of it is stored already cannot be told here.
if (!('unsaved' in form.dataset)) saveAsOneGoes()
for (const kind of ['input', 'change']) form.addEventListener(kind, () => follow.update())

function say(text, state = '') {
  status.textContent = text
  status.dataset.state = state
}

function saveAsOneGoes() {
  form.addEventListener('input', (event) => changed(event.target, PAUSE))
  form.addEventListener('change', (event) => changed(event.target, 0))
  form.addEventListener('focusout', left)
  form.addEventListener('click', clicked)
  form.addEventListener('submit', submitted)
  document.addEventListener('submit', (event) => otherForm(event))
  window.addEventListener('online', () => later(0))
  document.addEventListener('visibilitychange', () => (document.hidden ? save() : later(0)))
  window.addEventListener('beforeunload', (event) => {
    if (dirty.size && !leaving && !kept.works) event.preventDefault()
  })
  offer()
}

function changed(target, wait) {
  const element = target.closest('[data-item]')
  if (!element?.dataset.kind) return
  touch(element.dataset.item, element)
  if (dirty.size) later(wait)
}

// Note whether an item differs from what the server has, and keep it until it does not.
function touch(code, element) {
  const fields = fieldsOf(element)
  if (said(element, fields) === baseline.get(code)) {
    dirty.delete(code)
    refused.delete(code)
    kept.forget(code)
    tell(code, '')
    return
  }
  dirty.add(code)
  kept.keep(code, fields)
  if (refused.get(code) !== said(element, fields)) refused.delete(code)
  if (!sending && status.dataset.state !== 'failed') say('Not saved yet', 'typing')
}

// Whether a field of an item is being typed into. Meanwhile no problem with it is shown: nobody is told off half-way
// through a number.
function typingIn(element, field = document.activeElement) {
  return element.contains(field) && field.matches('textarea, input:not([type=radio], [type=checkbox])')
}

function tell(code, text) {
  if (text) problems.set(code, text)
  else problems.delete(code)
  const element = items.get(code)
  if (!text || !typingIn(element)) showProblem(element, code, text)
}

function left(event) {
  const element = event.target.closest('[data-item]')
  if (!element?.dataset.kind) return
  const code = element.dataset.item
  if (element.dataset.kind === 'amount' && event.target.name === code) groupDigits(event.target)
  if (event.relatedTarget && typingIn(element, event.relatedTarget)) return
  if (problems.has(code)) {
    showProblem(element, code, problems.get(code))
    sayHowFar()
  }
  if (dirty.has(code)) later(0)
}

function later(wait) {
  clearTimeout(timer)
  timer = setTimeout(save, wait)
}

function waiting() {
  return [...dirty].filter((code) => !clashing.has(code) && !refused.has(code))
}

// Send what is not saved yet; true when the server has all of it that it can take.
function save() {
  clearTimeout(timer)
  sending ??= send().finally(() => {
    sending = null
  })
  return sending
}

async function send() {
  while (waiting().length && !stopped) {
    const sent = new Map(waiting().map((code) => [code, fieldsOf(items.get(code))]))
    const answer = await post(sent)
    if (!answer) return false
    apply(answer, sent)
  }
  return !stopped
}

async function post(sent, renewed = false) {
  const body = new URLSearchParams({ csrf_token: named(form, 'csrf_token').value, since })
  for (const fields of sent.values()) for (const [name, value] of Object.entries(fields)) body.append(name, value)
  let answer
  try {
    answer = await fetch(form.action, { method: 'POST', headers: { Accept: 'application/json' }, body, keepalive: String(body).length < 60000 })
    if (answer.ok) {
      failures = 0
      return await answer.json()
    }
  } catch {
    return failed('Not saved: no connection', true)
  }
  if (!renewed && (answer.status === 400 || answer.status === 401)) return (await renew()) ? post(sent, true) : signedOut()
  if (answer.status >= 500 || answer.status === 429) return failed('Not saved: the server did not answer', true)
  const told = await answer.json().catch(() => ({}))
  stopped = [told.detail, ...(told.reasons ?? []).map((reason) => reason.text)].filter(Boolean).join(' ')
  return failed(`Not saved: ${stopped || 'the server refused it.'} What you typed is`, false)
}

const keptWords = () => (kept.works ? 'kept in this browser' : 'kept on this page only: do not close it')

function failed(text, again) {
  say(`${text}${again ? ', ' : ' '}${keptWords()}`, 'failed')
  if (again) later(AGAIN[Math.min(failures++, AGAIN.length - 1)])
  return null
}

function signedOut() {
  say(`Not saved: you are signed out. What you typed is ${keptWords()}. `, 'failed')
  const link = document.createElement('a')
  link.className = 'govuk-link'
  link.href = `/sign-in?next=${encodeURIComponent(location.pathname)}`
  link.target = '_blank'
  link.rel = 'opener'
  link.textContent = 'Sign in again (opens in a new tab)'
  status.append(link)
  return null
}

// The same person may have signed in again elsewhere in this browser: then this page has only to learn the new token.
async function renew() {
  try {
    const page = await fetch(location.pathname, { headers: { Accept: 'text/html' } })
    const fresh = new DOMParser().parseFromString(await page.text(), 'text/html').getElementById('entry')
    if (fresh?.dataset.key !== form.dataset.key) return false
    const token = named(fresh, 'csrf_token').value
    for (const field of document.querySelectorAll('[name=csrf_token]')) field.value = token
    return true
  } catch {
    return false
  }
}

function apply(answer, sent) {
  since = answer.at
  for (const [code, fields] of sent) {
    const element = items.get(code)
    if (code in answer.problems) {
      // Who has typed on meanwhile is not refused for what stood there half-way: what stands there now is sent next.
      if (said(element, fieldsOf(element)) !== said(element, fields)) continue
      refused.set(code, said(element, fields))
      tell(code, answer.problems[code])
    } else if (code in answer.clashes) {
      clash(code, element, answer.clashes[code])
    } else if (code in answer.items) {
      stored(code, element, fields, answer.items[code])
    }
  }
  for (const [code, theirs] of Object.entries(answer.others)) takeOver(code, items.get(code), theirs)
  showNews(answer)
  follow.update(dirty.size ? {} : answer.computed)
  clock = answer.clock
  sayHowFar()
}

function sayHowFar() {
  const open = [...problems.keys()].filter((code) => !typingIn(items.get(code))).length + clashing.size
  const rest = open === 1 ? 'One answer is not saved: see beside it.' : `${open} answers are not saved: see beside them.`
  if (open) say(`Saved ${clock}. ${rest}`, 'failed')
  else if (dirty.size) say('Not saved yet', 'typing')
  else say(`Saved ${clock}`, 'saved')
}

function stored(code, element, fields, told) {
  named(element, `was-${code}`).value = told.revision
  if (!told.prefilled) confirmed(element, code)
  baseline.set(code, said(element, withoutSure(fields, code)))
  tell(code, '')
  touch(code, element)
}

function withoutSure(fields, code) {
  const { [`sure-${code}`]: _, ...rest } = fields
  return rest
}

function confirmed(element, code) {
  element.classList.remove('ys-item--prefilled')
  const sure = $(`sure-of-${code}`)
  if (!sure) return
  const hadFocus = sure.contains(document.activeElement)
  sure.remove()
  if (hadFocus) element.querySelector('input:not([type=hidden])').focus()
}

// Somebody else changed an item that this person has not touched: show it as it is now.
function takeOver(code, element, theirs) {
  const was = element && named(element, `was-${code}`)
  if (!was || dirty.has(code) || was.value === String(theirs.revision) || element.contains(document.activeElement)) return
  fill(code, element, theirs)
  note(element, `Changed by ${theirs.who}, ${theirs.when}`)
}

function fill(code, element, theirs) {
  setFields(element, code, fieldsFrom(code, theirs))
  if (!theirs.prefilled) confirmed(element, code)
  baseline.set(code, said(element, fieldsOf(element)))
  touch(code, element)
}

function note(element, text) {
  element.querySelector('.ys-changed')?.remove()
  const shown = document.createElement('p')
  shown.className = 'ys-changed'
  shown.textContent = text
  element.querySelector('.ys-asides').before(shown)
}

function clash(code, element, theirs) {
  clashing.add(code)
  element.classList.add('ys-item--error')
  element.querySelector('.ys-theirs')?.remove()
  const box = $('theirs-template').content.firstElementChild.cloneNode(true)
  box.querySelector('.ys-theirs__text').textContent = `${theirs.who} saved another answer on ${theirs.when}: ${theirs.words}`
  box.setAttribute('aria-label', 'Two answers: which one stands?')
  box.addEventListener('click', (event) => {
    const choice = event.target.dataset.merge
    if (!choice) return
    box.remove()
    clashing.delete(code)
    element.classList.remove('ys-item--error')
    if (choice === 'theirs') fill(code, element, theirs)
    else named(element, `was-${code}`).value = theirs.revision
    touch(code, element)
    follow.update()
    element.querySelector('input:not([type=hidden])').focus()
    if (dirty.size) later(0)
    else say(`You took what ${theirs.who} saved.`, 'saved')
  })
  element.querySelector('.ys-asides').before(box)
}

function showNews(answer) {
  $('answered').textContent = answer.answered
  $('asked').textContent = answer.asked
  for (const [key, group] of Object.entries(answer.groups)) {
    const words = !group.asked ? 'optional' : group.open ? `${group.open} open` : 'done'
    form.ownerDocument.querySelector(`[data-group-open="${key}"]`).textContent = words
    if (!group.unconfirmed) form.querySelector(`[data-group="${key}"] .ys-confirm-all`)?.remove()
  }
  $('fit').hidden = !answer.fit.length
  $('fit-list').replaceChildren(...answer.fit.map((text) => Object.assign(document.createElement('li'), { textContent: text })))
  $('ready').hidden = !answer.ready
  showPresence(answer.presence)
}

// Of two who type at once the server knows who saved last: who was named a moment ago is not gone because I saved since.
const STAYS = 60000
let namedAt = 0
function showPresence(text) {
  if (!text && Date.now() - namedAt < STAYS) return
  if (text) namedAt = Date.now()
  $('presence').hidden = !text
  $('presence').textContent = text
}

function clicked(event) {
  const clear = event.target.closest('.ys-clear')
  if (!clear) return
  const element = clear.closest('[data-item]')
  for (const radio of element.querySelectorAll('.ys-radios input')) radio.checked = false
  element.querySelector('.ys-radios input').focus()
  changed(element.querySelector('.ys-radios input'), 0)
  follow.update()
}

async function submitted(event) {
  if (leaving) return
  const button = event.submitter
  const stays = button?.name === 'confirm' || button?.value === 'stay'
  if (!dirty.size && !sending && !stays) {
    leaving = true
    return
  }
  event.preventDefault()
  if (button?.name === 'confirm') {
    for (const box of button.closest('[data-group]').querySelectorAll('.ys-sure input')) {
      box.checked = true
      touch(box.closest('[data-item]').dataset.item, box.closest('[data-item]'))
    }
    button.closest('[data-group]').querySelector('input:not([type=hidden])')?.focus()
    await save()
    return
  }
  if (!(await all()) || stays) return
  leave(form, button)
}

// A form that is just being submitted cannot be submitted once more from within its own event: a browser ignores that.
function leave(left, button) {
  leaving = true
  setTimeout(() => left.requestSubmit(button))
}

// Save all that there is. True when nothing is left; else the person is led to the first that is.
async function all() {
  if (!dirty.size) {
    say('All is saved', 'saved')
    return true
  }
  stopped = ''
  const done = await save()
  if (done && waiting().length) return all()
  if (done && !dirty.size) return true
  const [first] = [...problems.keys(), ...clashing]
  if (first) {
    for (const [code, text] of problems) showProblem(items.get(code), code, text)
    items.get(first).querySelector('input:not([type=hidden])').focus()
  }
  return false
}

async function otherForm(event) {
  if (event.target === form || leaving || !dirty.size) return
  const { target, submitter } = event
  event.preventDefault()
  if ((await all()) || target.closest('header')) {
    leave(target, submitter)
  }
}

// What was typed on an earlier visit and never reached the server is offered, not forced.
function offer() {
  const found = Object.entries(kept.all()).filter(([code, { fields }]) => {
    const element = items.get(code)
    if (!element?.dataset.kind) return false
    if (said(element, fields) !== baseline.get(code)) return true
    kept.forget(code)
    return false
  })
  if (!found.length) return
  const at = new Date(Math.max(...found.map(([, { at }]) => at)))
  const when = at.toLocaleString('en-GB', { day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' })
  const number = found.length === 1 ? 'One answer' : `${found.length} answers`
  $('kept-text').textContent = `${number} that you typed on this page by ${when} did not reach us. This browser kept ${found.length === 1 ? 'it' : 'them'}.`
  $('kept-list').replaceChildren(...found.map(([code, { fields }]) => Object.assign(document.createElement('li'), { textContent: summary(code, fields) })))
  $('kept').hidden = false
  $('kept-restore').addEventListener('click', () => {
    for (const [code, { fields }] of found) {
      setFields(items.get(code), code, fields)
      touch(code, items.get(code))
    }
    $('kept').hidden = true
    items.get(found[0][0]).querySelector('input:not([type=hidden])').focus()
    follow.update()
    later(0)
  })
  $('kept-forget').addEventListener('click', () => {
    for (const [code] of found) kept.forget(code)
    $('kept').hidden = true
    say('Thrown away', 'saved')
  })
}

function summary(code, fields) {
  const label = items.get(code).querySelector('.ys-label').firstChild.textContent.trim()
  const value = fields[code] || fields[`why-${code}`] || fields[`note-${code}`] || 'emptied'
  return `${label}: ${value}`
}
