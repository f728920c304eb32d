// What is drawn before React is there: the frame and the list of sessions, from the components that React draws over it a moment
// later. Its links work.
import type { Cards } from "./api/store.ts"
import { buttonLook } from "./kit/button-look.ts"
import { MoreIcon, SearchIcon } from "./kit/icons.tsx"
import { draw } from "./lib/draw.ts"
import { grouped } from "./list/order.ts"
import { fewOf, GroupSection, LIST, More, SEARCHABLE, SessionRow } from "./list/rows.tsx"
import { AROUND, Frame } from "./shell/frame.tsx"

export { isWide } from "./lib/wide.ts"

/** Into the page at this path, if the list is part of it and there is one; says whether it did. */
export function drawFirst(cards: Cards | undefined, path: string, wide: boolean, into: Element): boolean {
  const isHome = path === "/"
  if (!cards?.size || !(wide || isHome)) return false
  const list = <List cards={cards} path={path} now={Date.now()} />
  const picture = document.createDocumentFragment()
  draw(
    <div className={AROUND} data-first>
      <Frame isHome={isHome} wide={wide} menu={<MenuButton />} list={list} startable>{!wide && <div className="h-full overflow-y-auto">{list}</div>}</Frame>
    </div>,
    picture,
  )
  into.replaceChildren(picture)
  return true
}

const NONE = new Map()

function List({ cards, path, now }: { cards: Cards; path: string; now: number }) {
  return (
    <nav aria-label="Sessions" className={LIST}>
      {cards.size >= SEARCHABLE && <SearchPlace />}
      {grouped(cards.values()).map((group) => (
        <GroupSection key={group.doing} group={group}>
          <ul>
            {group.cards.slice(0, fewOf(group)).map((card) => (
              <li key={card.session}><SessionRow card={card} titles={NONE} now={now} active={path === `/sessions/${card.session}`} /></li>
            ))}
          </ul>
          <More count={group.cards.length - fewOf(group)} />
        </GroupSection>
      ))}
    </nav>
  )
}

/** Not a field yet: what is typed into it would be lost. */
function SearchPlace() {
  return (
    <div className="relative h-10 rounded-lg bg-sunken" aria-hidden>
      <span className="absolute top-1/2 left-3 -translate-y-1/2 text-faint"><SearchIcon /></span>
      <span className="absolute top-1/2 left-9 -translate-y-1/2 text-base text-faint sm:text-sm">Search titles, projects, people</span>
    </div>
  )
}

function MenuButton() {
  return <button type="button" aria-label="Menu" className={buttonLook({ look: "quiet", size: "icon" })}><MoreIcon /></button>
}
