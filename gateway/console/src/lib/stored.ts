// Small things that this browser keeps. A browser that keeps nothing (private mode, full) is no error.

const PREFIX = "gateway."

export function stored(name: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined
  } catch {
    return undefined
  }
}

export function store(name: string, value: string | undefined) {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name)
    else localStorage.setItem(PREFIX + name, value)
  } catch {
    // It is forgotten with the page, that is all.
  }
}
