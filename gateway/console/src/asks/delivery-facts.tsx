// What a request of a delivery is about: what is to be read before a decision, who did so far, and what exactly it is bound to.
import type { DeliverySheet } from "../api/types.gen.ts"
import { PageLink } from "../kit/page-link.tsx"
import { when } from "../lib/time.ts"
import { visible } from "../lib/visible.ts"

/** A settled one says what it was about; an open one has that sentence above its choices. */
export function DeliveryFacts({ sheet, folded }: { sheet: DeliverySheet; folded: boolean }) {
  const { run, says, details = [], until } = sheet
  return (
    <div data-delivery={run} className="space-y-2 text-sm text-soft">
      {folded && <p className="break-words">{visible(says)}</p>}
      {details.length > 0 && (
        <ul tabIndex={0} aria-label="Details" className="max-h-[min(18rem,35dvh)] space-y-1 overflow-y-auto rounded-xl border border-line bg-sunken px-3.5 py-3 text-[0.8125rem] short:max-h-[20dvh]">
          {details.map((detail, at) => <li key={at} className="break-words whitespace-pre-wrap">{visible(detail)}</li>)}
        </ul>
      )}
      {!folded && <People sheet={sheet} />}
      {!folded && until && <p className="text-[0.8125rem]">Without an answer by {when(until)} the delivery stops. The work stays.</p>}
      <p className="text-xs break-words text-faint">
        <PageLink href={`/deliveries/${encodeURIComponent(run)}`} className="underline decoration-line underline-offset-2 hover:decoration-current">Open the delivery</PageLink>
        <Bound sheet={sheet} />
      </p>
    </div>
  )
}

function People({ sheet: { people, said_yes = [] } }: { sheet: DeliverySheet }) {
  if (people < 2 && said_yes.length === 0) return null
  return (
    <p className="text-[0.8125rem]">
      {people > 1 && `${people} people have to say yes. `}
      {said_yes.length > 0 && `Said yes so far: ${said_yes.map(visible).join(", ")}.`}
    </p>
  )
}

/** Of a hash. */
const SHORT = 10

/** An answer counts for this tree under these rules, and for no other. */
function Bound({ sheet: { tree, pack } }: { sheet: DeliverySheet }) {
  return (
    <>
      {tree && <> · tree <span className="font-mono" title={visible(tree)}>{visible(tree).slice(0, SHORT)}</span></>}
      {pack && <> · rules <span className="font-mono" title={visible(pack)}>{visible(pack).slice(0, SHORT)}</span></>}
    </>
  )
}
