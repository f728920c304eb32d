// Whether all that npm installed here is what the lock file names, with its checksum; else it fails and says what is not.
//
// `npm ci` would do, but it refuses a lock file that lacks the binaries of other platforms, and not every registry mirror
// has those. `npm install` heeds the lock file too, but takes unasked what is not in it; that is what this finds.
import { readFileSync } from "node:fs"

const packages = (file) => JSON.parse(readFileSync(file, "utf8")).packages
const locked = packages("package-lock.json")
const installed = packages("node_modules/.package-lock.json")
const strange = Object.entries(installed).filter(([path, found]) => !found.integrity || locked[path]?.integrity !== found.integrity)
for (const [path, found] of strange) console.error(`${path} ${found.version} is not what package-lock.json names.`)
process.exit(strange.length > 0 ? 1 : 0)
