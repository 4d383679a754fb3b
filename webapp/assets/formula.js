// Formulas of computed items: + - * / ( ) abs() over names and numbers, as workflows/formulas.py reads them.
// Read once, never run as code.

// A function that computes the formula: given a function from name to number (null: not known), it gives the number, or
// null where a number is missing or would be divided by zero. `names` lists the names, `sum` tells a plain sum of names.
export function compile(text) {
  const tokens = text.match(/\d+(\.\d+)?|\.\d+|[A-Za-z_]\w*|[-+*/()]|\S/g) ?? []
  const names = new Set()
  let at = 0

  const expect = (token) => {
    if (tokens[at++] !== token) throw new SyntaxError(`expected ${token} in ${text}`)
  }

  function formula() {
    let left = term()
    while (tokens[at] === '+' || tokens[at] === '-') left = step(tokens[at++], left, term())
    return left
  }

  function term() {
    let left = factor()
    while (tokens[at] === '*' || tokens[at] === '/') left = step(tokens[at++], left, factor())
    return left
  }

  function factor() {
    const token = tokens[at++]
    if (token === '-') {
      const inner = factor()
      return (lookup) => known([inner(lookup)], ([a]) => -a)
    }
    if (token === '(') {
      const inner = formula()
      expect(')')
      return inner
    }
    if (token === 'abs' && tokens[at] === '(') {
      at++
      const inner = formula()
      expect(')')
      return (lookup) => known([inner(lookup)], ([a]) => Math.abs(a))
    }
    if (/^[\d.]/.test(token ?? '')) return () => Number(token)
    if (/^[A-Za-z_]/.test(token ?? '') && tokens[at] !== '(') {
      names.add(token)
      return (lookup) => lookup(token)
    }
    throw new SyntaxError(`${token ?? 'the end'} was not expected in ${text}`)
  }

  const value = formula()
  if (at !== tokens.length) throw new SyntaxError(`${tokens[at]} was not expected in ${text}`)
  return { value, names: [...names], sum: /^\s*\w+(\s*\+\s*\w+)+\s*$/.test(text) }
}

function known(values, compute) {
  return values.some((value) => value === null || Number.isNaN(value)) ? null : compute(values)
}

function step(sign, left, right) {
  return (lookup) =>
    known([left(lookup), right(lookup)], ([a, b]) => {
      if (sign === '+') return a + b
      if (sign === '-') return a - b
      if (sign === '*') return a * b
      return b === 0 ? null : a / b
    })
}
