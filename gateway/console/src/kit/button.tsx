import { Slot } from "@radix-ui/react-slot"
import type { ComponentProps } from "react"
import { classes } from "./classes.ts"

const LOOKS = {
  primary: "bg-accent text-on-accent hover:brightness-110 active:brightness-95",
  plain: "bg-raised text-ink border border-line hover:bg-sunken",
  quiet: "text-soft hover:bg-sunken hover:text-ink",
  /** Something to look at twice. */
  caution: "bg-warn text-page hover:brightness-110 active:brightness-95",
  danger: "bg-raised text-bad border border-line hover:bg-bad-wash hover:border-bad/40",
}

const SIZES = {
  small: "h-8 px-2.5 text-[0.8125rem] gap-1.5",
  normal: "h-10 px-4 text-sm gap-2",
  /** For a thumb. */
  large: "min-h-12 short:min-h-11 px-5 text-[0.9375rem] gap-2",
  icon: "size-10 justify-center",
}

export interface ButtonProps extends ComponentProps<"button"> {
  look?: keyof typeof LOOKS
  size?: keyof typeof SIZES
  asChild?: boolean
}

export function Button({ look = "plain", size = "normal", asChild, className, ...rest }: ButtonProps) {
  const Tag = asChild ? Slot : "button"
  return (
    <Tag
      {...(asChild ? {} : { type: "button" })}
      className={classes(
        "inline-flex shrink-0 items-center justify-center rounded-lg font-medium whitespace-nowrap transition-[background,filter,border-color] select-none",
        "disabled:opacity-50 aria-disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0",
        LOOKS[look], SIZES[size], className,
      )}
      {...rest}
    />
  )
}
