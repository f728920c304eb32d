// What buttons wear, and links that look like them; the classes stand in `styles.css`.
import { classes } from "./classes.ts"

export interface ButtonLook {
  /** `caution` is something to look at twice. */
  look?: "primary" | "plain" | "quiet" | "caution" | "danger"
  /** `large` is for a thumb. */
  size?: "small" | "normal" | "large" | "icon"
}

export function buttonLook({ look = "plain", size = "normal" }: ButtonLook, more?: string): string {
  return classes("button", `button-${look}`, `button-${size}`, more)
}
