// Where a session can work: repositories of the projects, directories that OpenCode has open, those of other sessions.
import { useQuery } from "@tanstack/react-query"
import { api } from "../api/client.ts"
import { useCards } from "../api/live.ts"
import type { Repository } from "../api/types.ts"
import { shortDirectory } from "../list/order.ts"

export function usePlaces(project: string) {
  const { value: cards } = useCards()
  const projects = useQuery({ queryKey: ["projects"], queryFn: api.projects, retry: false, staleTime: 60_000 })
  const pods = useQuery({ queryKey: ["pods"], queryFn: api.pods, refetchInterval: 10_000 })
  const sessions = useQuery({ queryKey: ["sessions"], queryFn: api.sessions, retry: false, staleTime: 30_000 })
  const connected = (pods.data ?? []).filter((pod) => pod.connected)
  const chosen = projects.data?.projects.find((one) => one.name === project)
  const known = [
    ...(projects.data?.directories ?? []).map((open) => open.directory),
    ...[...(cards?.values() ?? [])].map((card) => card.directory),
    ...(sessions.data ?? []).map((session) => session.directory),
  ]
  return {
    projects: projects.data?.projects ?? [],
    /** What a workspace of the chosen project can be made of. */
    workspaceRepositories: chosen?.workspace_repositories ?? [],
    directories: chosen?.repositories.length ? chosen.repositories : named(known),
    pods: connected.map((pod) => pod.pod),
    noPod: pods.data !== undefined && connected.length === 0,
  }
}

function named(directories: string[]): Repository[] {
  return [...new Set(directories.filter(Boolean))].map((directory) => ({ directory, name: shortDirectory(directory) }))
}
