/** Joins class names, leaving out what is not there. What a component of `kit/` wears stands in a layer below, so that what it is given counts. */
export function classes(...names: (string | false | undefined | null)[]): string {
  return names.filter(Boolean).join(" ")
}
