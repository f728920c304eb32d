// Where a session can work: repositories of the projects, directories that the pods know, those of other sessions.
import { useQuery } from "@tanstack/react-query"
import { api } from "../api/client.ts"
import { useCards } from "../api/live.ts"
import { shortDirectory } from "../list/order.ts"

export interface Place {
  directory: string
  name: string
}

export function usePlaces(project: string) {
  const { value: cards } = useCards()
  const projects = useQuery({ queryKey: ["projects"], queryFn: api.projects, retry: false, staleTime: 60_000 })
  const pods = useQuery({ queryKey: ["pods"], queryFn: api.pods, refetchInterval: 10_000 })
  const sessions = useQuery({ queryKey: ["sessions"], queryFn: api.sessions, retry: false, staleTime: 30_000 })
  const connected = (pods.data ?? []).filter((pod) => pod.connected)
  const chosen = projects.data?.find((one) => one.name === project)
  const known = [
    ...connected.flatMap((pod) => (Array.isArray(pod.directories) ? pod.directories : [])),
    ...[...(cards?.values() ?? [])].map((card) => card.directory),
    ...(sessions.data ?? []).map((session) => session.directory),
  ]
  return {
    projects: projects.data ?? [],
    directories: chosen?.repositories ?? named(known),
    pods: connected.map((pod) => pod.pod),
    noPod: pods.data !== undefined && connected.length === 0,
  }
}

function named(directories: string[]): Place[] {
  return [...new Set(directories.filter(Boolean))].map((directory) => ({ directory, name: shortDirectory(directory) }))
}
