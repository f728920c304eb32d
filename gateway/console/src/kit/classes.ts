import { twMerge } from "tailwind-merge"

/** Joins class names, leaving out what is not there. Of two that set the same the later one counts, whatever the stylesheet's order. */
export function classes(...names: (string | false | undefined | null)[]): string {
  return twMerge(names)
}
