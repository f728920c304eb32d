import { Button } from "../kit/button.tsx"

/** The gateway shows its own sign-in page when the console is loaded anew. */
export function SignIn() {
  return <Button look="primary" onClick={() => location.assign("/")}>Sign in</Button>
}
