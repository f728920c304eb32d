// Who sits here, for React.
import { useSyncExternalStore } from "react"
import { personName, watchPerson } from "./person.ts"

export function usePerson() {
  const name = useSyncExternalStore(watchPerson, personName)
  return { name, signedIn: name !== "" }
}
