// Loads one plugin as OpenCode would, and says what is wrong with it. Nothing of it is called.
const plugin = await import(process.argv[2])
const isPlugin = (value) => typeof value === "function" || typeof value?.server === "function"
const wrong = Object.entries(plugin).filter(([, value]) => !isPlugin(value))
if (wrong.length > 0 || Object.keys(plugin).length === 0) {
  const names = wrong.map(([name]) => name).join(", ") || "nothing"
  console.error(`It exports ${names}; every export must be a plugin: a function, or an object with a server function.`)
  process.exit(1)
}
process.exit(0)
