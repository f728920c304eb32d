// Where a session can work: repositories of the projects, then directories that sessions worked in or that OpenCode has open.
import { useQuery } from "@tanstack/react-query"
import { useMemo } from "react"
import { api } from "../api/client.ts"
import type { Project, Repository } from "../api/types.gen.ts"
import { store, stored } from "../lib/stored.ts"
import type { StartForm } from "./form.ts"

/** A directory, and the project that it is a repository of. */
export type Place = Repository & { project?: Project }

export function usePlaces(project: string) {
  const projects = useQuery({ queryKey: ["projects"], queryFn: api.projects, retry: false, staleTime: 10_000 })
  const pods = useQuery({ queryKey: ["pods"], queryFn: api.pods, refetchInterval: 10_000 })
  const connected = pods.data?.filter((pod) => pod.connected).map((pod) => pod.pod)
  const offered = (projects.data?.projects ?? []).filter((one) => isOffered(one, project))
  const chosen = offered.find((one) => one.name === project)
  return {
    projects: offered,
    /** What a workspace of the chosen project can be made of. */
    workspaceRepositories: chosen?.workspace_repositories ?? [],
    places: placesOf(chosen ? [chosen] : offered, chosen?.repositories.length ? [] : (projects.data?.directories ?? [])),
    /** Undefined until it is known. */
    pods: connected,
    noPod: connected?.length === 0,
    known: projects.data !== undefined,
    asking: projects.isPending,
  }
}

/** Work begins in active projects only; one that was chosen before stays until another is. */
export function isOffered(project: Project, chosen = ""): boolean {
  return project.name === chosen || (project.status ?? "active") === "active"
}

export function placesOf(projects: Project[], directories: Repository[]): Place[] {
  const all: Place[] = [...projects.flatMap((project) => project.repositories.map((one) => ({ ...one, project }))), ...directories]
  return all.filter(({ directory }, at) => all.findIndex((one) => one.directory === directory) === at)
}

/** The place of the last start, else the first: the gateway tells those that were worked in last first. */
export function firstPlace(places: Place[]): Partial<StartForm> | undefined {
  const last = stored("place")
  const place = places.find(({ directory }) => directory === last) ?? places.find(({ project }) => !project) ?? places[0]
  return place && takenPlace(place)
}

export function takenPlace({ directory, project }: Place): Partial<StartForm> {
  return { directory, ...(project ? { project: project.name, apart: false } : {}) }
}

export function keepPlace(directory: string | undefined) {
  if (directory) store("place", directory)
}

/** What people call projects that are filed under something else, such as a number. */
export function useProjectTitles(): ReadonlyMap<string, string> {
  const { data } = useQuery({ queryKey: ["projects"], queryFn: api.projects, retry: false, staleTime: 60_000 })
  return useMemo(() => new Map((data?.projects ?? []).flatMap(({ name, title }) => (title ? [[name, title] as const] : []))), [data])
}
