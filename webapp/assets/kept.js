// What was typed and is not on the server yet, kept in this browser until it is. One place for each form of each person.

const PREFIX = 'yardstick-entry/'
const LONGEST = 30 * 24 * 3600 * 1000

// The keeper of a form's fields by item. `works` is false where the browser keeps nothing.
export function keeper(key) {
  const place = PREFIX + key
  const all = () => {
    try {
      return JSON.parse(localStorage.getItem(place)) ?? {}
    } catch {
      return {}
    }
  }
  const put = (items) => {
    try {
      if (Object.keys(items).length) localStorage.setItem(place, JSON.stringify(items))
      else localStorage.removeItem(place)
      return true
    } catch {
      return false
    }
  }
  forgetOld()
  return {
    all,
    works: storage(),
    keep(code, fields) {
      return put({ ...all(), [code]: { fields, at: Date.now() } })
    },
    forget(code) {
      const { [code]: _, ...rest } = all()
      put(rest)
    },
    forgetAll: () => put({}),
  }
}

function storage() {
  try {
    localStorage.setItem(PREFIX, '1')
    localStorage.removeItem(PREFIX)
    return true
  } catch {
    return false
  }
}

// What nobody came back for within 30 days is thrown away: it may stand on a computer that others use.
function forgetOld() {
  try {
    for (const place of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
      const items = Object.values(JSON.parse(localStorage.getItem(place)) ?? {})
      if (!items.some((item) => item.at > Date.now() - LONGEST)) localStorage.removeItem(place)
    }
  } catch {
    // Nothing is kept that could be thrown away.
  }
}
