// Memory with a bound: the oldest entry makes room for the newest.

export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>()

  constructor(readonly limit: number) {}

  get(key: K): V | undefined {
    return this.#entries.get(key)
  }

  has(key: K): boolean {
    return this.#entries.has(key)
  }

  set(key: K, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.limit) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return
    }
  }

  delete(key: K): boolean {
    return this.#entries.delete(key)
  }
}

/** True the first time a value is seen (within the bound). */
export class SeenOnce {
  readonly #seen: BoundedMap<string, true>

  constructor(limit: number) {
    this.#seen = new BoundedMap(limit)
  }

  first(key: string): boolean {
    if (this.#seen.has(key)) return false
    this.#seen.set(key, true)
    return true
  }

  has(key: string): boolean {
    return this.#seen.has(key)
  }
}
