import * as Radix from "@radix-ui/react-dropdown-menu"
import type { ReactNode } from "react"
import { classes } from "./classes.ts"

/** Not modal: a modal menu adds a style element, which the content security policy refuses. */
export function Menu({ trigger, children }: { trigger: ReactNode; children: ReactNode }) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content align="end" sideOffset={6} className="z-50 min-w-52 rounded-xl border border-line bg-raised p-1.5 shadow-xl">
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

interface MenuItemProps {
  icon?: ReactNode
  onSelect?(): void
  disabled?: boolean
  danger?: boolean
  children: ReactNode
}

export function MenuItem({ icon, onSelect, disabled, danger, children }: MenuItemProps) {
  return (
    <Radix.Item
      disabled={disabled}
      onSelect={onSelect}
      className={classes(
        "flex min-h-10 items-center gap-2.5 rounded-lg px-2.5 text-sm outline-none select-none data-highlighted:bg-sunken data-disabled:opacity-50 [&_svg]:size-4",
        danger && "text-bad",
      )}
    >
      {icon}
      {children}
    </Radix.Item>
  )
}
