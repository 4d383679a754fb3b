// The page of a picture: draw the area that a remark is about. The four fields do the same without it.
const picture = document.querySelector('[data-picture]')
const shape = picture.querySelector('svg')
const button = document.querySelector('[data-draw]')
const fields = ['left', 'top', 'width', 'height'].map((name) => document.getElementById(name))
const drawn = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
drawn.setAttribute('class', 'ys-picture__new')
drawn.setAttribute('vector-effect', 'non-scaling-stroke')
shape.append(drawn)
let from = null

// Show what the fields say.
function show() {
  const values = fields.map((field) => parseFloat(field.value))
  const whole = values.every((value) => value >= 0)
  for (const [n, name] of ['x', 'y', 'width', 'height'].entries()) drawn.setAttribute(name, whole ? values[n] : 0)
}

function drawing(on) {
  picture.classList.toggle('ys-picture--drawing', on)
  button.setAttribute('aria-pressed', String(on))
  if (on) picture.scrollIntoView({ block: 'nearest' })
}

function at(event) {
  const box = shape.getBoundingClientRect()
  const within = (part) => Math.round(Math.max(0, Math.min(100, part * 100)) * 10) / 10
  return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)]
}

function draw(event) {
  const to = at(event)
  const start = [0, 1].map((n) => Math.min(from[n], to[n]))
  const size = [0, 1].map((n) => Math.abs(from[n] - to[n]).toFixed(1).replace(/\.0$/, ''))
  for (const [n, value] of [...start, ...size].entries()) fields[n].value = value
  show()
}

button.addEventListener('click', () => drawing(button.getAttribute('aria-pressed') !== 'true'))
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') drawing(false) })
shape.addEventListener('pointerdown', (event) => {
  if (!picture.classList.contains('ys-picture--drawing')) return
  event.preventDefault()
  shape.setPointerCapture(event.pointerId)
  from = at(event)
})
shape.addEventListener('pointermove', (event) => { if (from) draw(event) })
shape.addEventListener('pointerup', (event) => {
  if (!from) return
  draw(event)
  from = null
  drawing(false)
})
for (const field of fields) field.addEventListener('input', show)
show()
