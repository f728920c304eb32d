// The same page at the address where passkeys work; whoever came in here with a link comes in there too.
import { api } from "../api/client.ts"
import { Button } from "./button.tsx"
import { Notice } from "./notice.tsx"

export function Elsewhere({ words, url }: { words: string; url: string }) {
  const open = () => void crossOver(url).then((to) => location.assign(to))
  return <Notice action={<Button size="small" asChild><a href={url} onClick={(event) => (event.preventDefault(), open())}>Open this page there</a></Button>}>{words}</Notice>
}

async function crossOver(url: string): Promise<string> {
  const { origin, pathname, search } = new URL(url)
  try {
    const { path } = await api.invite()
    return `${origin}${path}&to=${encodeURIComponent(pathname + search)}`
  } catch {
    // Behind a proxy people come in there as they came in here.
    return url
  }
}
