// The pages and their addresses.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router"
import { readSearch } from "./audit/filter.ts"
import { isStanding, type Standing } from "./delivery/delivery-words.ts"
import { HomePage } from "./list/home-page.tsx"
import { NotFound, PageError } from "./shell/page-error.tsx"
import { AppShell } from "./shell/app-shell.tsx"

const root = createRootRoute({ component: AppShell, notFoundComponent: NotFound, errorComponent: PageError })

const home = createRoute({ getParentRoute: () => root, path: "/", component: HomePage })

const thread = createRoute({
  getParentRoute: () => root,
  path: "/sessions/$id",
  component: lazyRouteComponent(() => import("./thread/thread-page.tsx"), "ThreadPage"),
})

const start = createRoute({
  getParentRoute: () => root,
  path: "/start",
  component: lazyRouteComponent(() => import("./start/start-page.tsx"), "StartPage"),
})

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("./settings/settings-page.tsx"), "SettingsPage"),
})

const audit = createRoute({
  getParentRoute: () => root,
  path: "/audit",
  validateSearch: readSearch,
  component: lazyRouteComponent(() => import("./audit/audit-page.tsx"), "AuditPage"),
})

const grants = createRoute({
  getParentRoute: () => root,
  path: "/grants",
  validateSearch: ({ session }): { session?: string } => (typeof session === "string" ? { session } : {}),
  component: lazyRouteComponent(() => import("./grants/grants-page.tsx"), "GrantsPage"),
})

const deliveries = createRoute({
  getParentRoute: () => root,
  path: "/deliveries",
  validateSearch: ({ show }): { show?: Standing } => (isStanding(show) ? { show } : {}),
  component: lazyRouteComponent(() => import("./delivery/deliveries-page.tsx"), "DeliveriesPage"),
})

const delivery = createRoute({
  getParentRoute: () => root,
  path: "/deliveries/$run",
  component: lazyRouteComponent(() => import("./delivery/delivery-page.tsx"), "DeliveryPage"),
})

export const router = createRouter({
  routeTree: root.addChildren([home, thread, start, settings, audit, grants, deliveries, delivery]),
  defaultPreload: "intent",
  defaultErrorComponent: PageError,
})

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router
  }
}
