// Amounts as people write them, and as the pages show them. The server reads them again: this is for the eyes alone.

// The number that a text means: null for an empty text, NaN for one that is no number.
export function read(text, unit) {
  const seen = text.replace(/[\u200b\u200c\u200d\u2060\ufeff]/g, '').trim()
  const digits = seen.replace(/^[\s£()+\-\u2212]+|[\s%()]+$/g, '')
  // A comma or a space counts only where it separates thousands: “12,5” is no 125.
  if (/\d[\s,]+\d/.test(digits) && !/^(\d{1,3}(,\d{3})*(\.\d*)?|\d{1,3}(\s\d{3})*(\.\d*)?)$/.test(digits)) return NaN
  let tidy = seen.replace(/[\s,£]/g, '').replace(/\u2212/g, '-')
  if (unit === 'percent') tidy = tidy.replace(/%$/, '')
  if (tidy === '') return null
  const bracketed = /^\((.+)\)$/.exec(tidy)
  const number = bracketed ? bracketed[1] : tidy
  if (!/^[+-]?(\d+\.?\d*|\.\d+)$/.test(number)) return NaN
  return bracketed ? -Number(number) : Number(number)
}

// The same text with its thousands separated; a text that is no plain number stays as it is.
export function grouped(text) {
  const found = Number.isNaN(read(text)) ? null : /^\s*(-?)(\d+)(\.\d+)?\s*$/.exec(text.replace(/,/g, ''))
  if (!found) return text
  return found[1] + found[2].replace(/^0+(?=\d)/, '').replace(/\B(?=(\d{3})+$)/g, ',') + (found[3] ?? '')
}

// A number in words of its unit, to two places.
export function shown(number, unit) {
  const size = Math.abs(number)
  let text = size.toLocaleString('en-GB', { maximumFractionDigits: 2 })
  if (unit === 'GBP' && /\.\d$/.test(text)) text += '0'
  const sign = number < 0 && /[1-9]/.test(text) ? (unit === 'GBP' ? '\u2212' : '-') : ''
  if (unit === 'GBP') return `${sign}£${text}`
  if (unit === 'percent') return `${sign}${text}%`
  return ['count', 'people', 'score', 'index'].includes(unit) ? sign + text : `${sign}${text} ${unit}`
}
