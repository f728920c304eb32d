//! What follows from what happens: pull requests follow their branches, apps are told, the toy CI wakes up.

use crate::pull::Merged;
use crate::rights::Who;
use crate::show;
use crate::world::World;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const NOTHING: &str = "0000000000000000000000000000000000000000";

impl World {
    /// Refs may have moved: whoever depends on them is told.
    pub(crate) fn pushed(&mut self, repository: u64, who: &Who, before: &BTreeMap<String, String>) {
        let (now, by) = (self.now, self.actor(who));
        let after = self.branches(repository);
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for branch in names {
            let (old, new) = (before.get(branch), after.get(branch));
            if old == new {
                continue;
            }
            if let Some(found) = self.repositories.get_mut(&repository) {
                found.pushed = now;
            }
            self.branch_moved(repository, branch, old, new, &by);
        }
    }

    fn branch_moved(
        &mut self,
        repository: u64,
        branch: &str,
        old: Option<&String>,
        new: Option<&String>,
        by: &str,
    ) {
        let sha = |sha: Option<&String>| sha.map_or(NOTHING, String::as_str).to_owned();
        self.tell(repository, "push", by, json!({
            "ref": format!("refs/heads/{branch}"), "before": sha(old), "after": sha(new), "base_ref": null,
            "created": old.is_none(), "deleted": new.is_none(), "forced": false, "commits": [],
            "compare": format!("{}/compare", self.base), "head_commit": null,
            "pusher": { "name": by, "email": null },
        }));
        self.heads_follow(repository, branch, new, by);
        self.bases_follow(repository, branch, by);
        if let Some(sha) = new {
            self.toy_push(repository, branch, sha);
        }
    }

    /// Pull requests from this branch have a new head, or none any more.
    fn heads_follow(&mut self, repository: u64, branch: &str, new: Option<&String>, by: &str) {
        let now = self.now;
        let Some(found) = self.repositories.get_mut(&repository) else { return };
        let tips = found.bare.branches();
        let mut told = Vec::new();
        for pull in found.pulls.values_mut().filter(|pull| pull.open && pull.head == branch) {
            pull.updated = now;
            match new {
                Some(sha) => {
                    sha.clone_into(&mut pull.head_sha);
                    if let Some(base) = tips.get(&pull.base) {
                        base.clone_into(&mut pull.base_sha);
                    }
                    told.push((pull.number, "synchronize"));
                }
                None => {
                    pull.end(by, now);
                    told.push((pull.number, "closed"));
                }
            }
        }
        for (number, action) in told {
            self.told_of_pull(repository, number, action, by);
        }
    }

    /// A base that got all of a head has merged it, however that came.
    fn bases_follow(&mut self, repository: u64, branch: &str, by: &str) {
        let now = self.now;
        let Some(found) = self.repositories.get_mut(&repository) else { return };
        let Some(tip) = found.bare.tip(branch) else { return };
        let mut told = Vec::new();
        for pull in found.pulls.values_mut().filter(|pull| pull.open && pull.base == branch) {
            if found.bare.merge_base(&tip, &pull.head_sha).as_ref() == Some(&pull.head_sha) {
                pull.merged = Some(Merged { at: now, by: by.to_owned(), sha: tip.clone() });
                pull.end(by, now);
                told.push(pull.number);
            }
        }
        for number in told {
            self.told_of_pull(repository, number, "closed", by);
        }
    }

    pub(crate) fn told_of_pull(&mut self, repository: u64, number: u64, action: &str, by: &str) {
        let pull = show::pull(self, repository, number, None);
        self.tell(
            repository,
            "pull_request",
            by,
            json!({ "action": action, "number": number, "pull_request": pull }),
        );
    }

    /// Writes a webhook for every app that covers the repository.
    pub(crate) fn tell(&mut self, repository: u64, event: &'static str, by: &str, mut payload: Value) {
        let Some(found) = self.repositories.get(&repository) else { return };
        let covering = self.installations.values().filter(|one| one.covers(found) && one.suspended.is_none());
        let covering: Vec<(u64, u64)> = covering.map(|one| (one.app, one.id)).collect();
        payload["repository"] = show::repository(self, repository);
        payload["sender"] = show::user(self, by);
        for (app, installation) in covering {
            payload["installation"] = json!({ "id": installation, "node_id": format!("MDIz{installation}") });
            self.post_hook(app, event, Some((installation, repository)), payload.clone());
        }
    }

    /// What the forge does by itself after any change: merges that waited for the gates.
    pub(crate) fn follow(&mut self) {
        let waiting = self.repositories.values().flat_map(|found| {
            let ready = found
                .pulls
                .values()
                .filter(move |pull| pull.open && !pull.draft && found.blockers(pull).is_empty());
            ready.filter_map(move |pull| Some((found.id, pull.number, pull.auto_merge.clone()?)))
        });
        for (repository, number, auto) in waiting.collect::<Vec<_>>() {
            let title = auto.title.clone().unwrap_or_else(|| format!("Merge pull request #{number}"));
            let squash = auto.method == "SQUASH";
            if self.merge(repository, number, &auto.by, squash, &title).is_err()
                && let Some(found) = self.repositories.get_mut(&repository)
                && let Some(pull) = found.pulls.get_mut(&number)
            {
                pull.auto_merge = None;
            }
        }
    }
}
