import { Slot } from "@radix-ui/react-slot"
import type { ComponentProps } from "react"
import { buttonLook, type ButtonLook } from "./button-look.ts"

export interface ButtonProps extends ComponentProps<"button">, ButtonLook {
  asChild?: boolean
}

export function Button({ look, size, asChild, className, ...rest }: ButtonProps) {
  const Tag = asChild ? Slot : "button"
  return <Tag {...(asChild ? {} : { type: "button" })} className={buttonLook({ look, size }, className)} {...rest} />
}
