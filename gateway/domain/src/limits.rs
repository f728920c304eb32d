//! Limits on how many sessions can run at the same time.

use crate::ask::Person;
use crate::record::About;
use crate::words::count;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Running sessions of one gateway, if nothing else is configured.
pub const DEFAULT_MAX_RUNNING: usize = 10;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    pub gateway: usize,
    pub per_project: Option<usize>,
    pub per_user: Option<usize>,
    /// Projects with a limit of their own.
    pub projects: HashMap<String, usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { gateway: DEFAULT_MAX_RUNNING, per_project: None, per_user: None, projects: HashMap::new() }
    }
}

/// What counts: a session whose agent works, or a start that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runner {
    /// A start that is under way has none yet.
    pub session: Option<String>,
    pub title: String,
    pub project: Option<String>,
    pub owner: Option<Person>,
}

/// There is no room for one more, because of what is running.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[error("{} Stop or close one of them first", self.reason())]
pub struct LimitReached {
    /// The gateway, a project or a person.
    pub whose: String,
    pub limit: usize,
    pub running: Vec<Running>,
    /// Those that count too, and have no session yet.
    #[serde(default)]
    pub starting: usize,
}

/// A session that counts, so that people find it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Running {
    pub session: String,
    pub title: String,
}

impl LimitReached {
    /// As one sentence with its full stop.
    pub fn reason(&self) -> String {
        let running = count(self.limit, "running session");
        let mut named: Vec<_> = self.running.iter().map(|one| format!("“{}”", one.title)).collect();
        if self.starting > 0 {
            named.push(format!("{} just starting", self.starting));
        }
        format!("{} already has {running}, which is the limit: {}.", self.whose, named.join(", "))
    }

    /// What the thread says of a message that cannot be sent for now.
    pub(crate) fn why_it_waits(&self) -> String {
        let then = "The message is sent as soon as one of them finishes, is stopped or asks for input.";
        format!("Queued. {} {then}", self.reason())
    }
}

impl Runner {
    pub fn of(session: &str, about: &About) -> Self {
        Self {
            session: Some(session.to_owned()),
            title: about.title.clone(),
            project: about.project.clone(),
            owner: about.owner.clone(),
        }
    }
}

impl Limits {
    /// Whether there is room for this one beside those that run.
    pub fn check<'a>(
        &self,
        running: impl IntoIterator<Item = &'a Runner>,
        one: &Runner,
    ) -> Result<(), LimitReached> {
        let running: Vec<_> = running.into_iter().collect();
        refuse_at(self.gateway, "This gateway", &running)?;
        if let Some(project) = &one.project
            && let Some(limit) = self.projects.get(project).copied().or(self.per_project)
        {
            let of: Vec<_> = only(&running, |other| other.project.as_ref() == Some(project));
            refuse_at(limit, &format!("Project {project}"), &of)?;
        }
        if let (Some(limit), Some(owner)) = (self.per_user, &one.owner) {
            let of = only(&running, |other| other.owner.as_ref().is_some_and(|other| other.id == owner.id));
            refuse_at(limit, &owner.name, &of)?;
        }
        Ok(())
    }
}

fn only<'a>(running: &[&'a Runner], which: impl Fn(&Runner) -> bool) -> Vec<&'a Runner> {
    running.iter().filter(|one| which(one)).copied().collect()
}

fn refuse_at(limit: usize, whose: &str, running: &[&Runner]) -> Result<(), LimitReached> {
    if running.len() < limit {
        return Ok(());
    }
    let named = |one: &&Runner| Some(Running { session: one.session.clone()?, title: one.title.clone() });
    let named: Vec<_> = running.iter().filter_map(named).collect();
    let starting = running.len() - named.len();
    Err(LimitReached { whose: whose.to_owned(), limit, running: named, starting })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str) -> Option<Person> {
        Some(Person { id: format!("web:{name}"), name: name.to_owned() })
    }

    fn runner(n: usize, project: &str, owner: &str) -> Runner {
        Runner {
            session: Some(format!("ses_1234567{n}")),
            title: format!("Task {n}"),
            project: Some(project.to_owned()),
            owner: person(owner),
        }
    }

    #[test]
    fn one_more_than_the_limit_is_refused_with_what_is_running() {
        // REQ-START-09
        let limits = Limits { gateway: 2, ..Limits::default() };
        let mut running = vec![runner(1, "shop", "anna")];
        assert_eq!(limits.check(&running, &runner(2, "shop", "ben")), Ok(()));
        running.push(runner(3, "blog", "anna"));
        let refused = limits.check(&running, &runner(2, "shop", "ben")).unwrap_err();
        // B30: people find them by their titles, surfaces by their ids.
        let ids: Vec<_> = refused.running.iter().map(|one| one.session.as_str()).collect();
        assert_eq!(ids, ["ses_12345671", "ses_12345673"]);
        assert_eq!(
            refused.to_string(),
            "This gateway already has 2 running sessions, which is the limit: “Task 1”, “Task 3”. Stop or close one of \
             them first"
        );
        running[0].session = None;
        let refused = limits.check(&running, &runner(2, "shop", "ben")).unwrap_err().to_string();
        assert!(refused.contains("limit: “Task 3”, 1 just starting."), "{refused}");
    }

    #[test]
    fn a_project_and_a_person_have_limits_of_their_own() {
        // REQ-START-09
        let projects = HashMap::from([("shop".to_owned(), 1)]);
        let limits = Limits { per_user: Some(1), per_project: Some(5), projects, ..Limits::default() };
        let running = vec![runner(1, "shop", "anna")];
        let whose = |one: &Runner| limits.check(&running, one).unwrap_err().whose;
        assert_eq!(whose(&runner(2, "shop", "ben")), "Project shop");
        assert_eq!(whose(&runner(2, "blog", "anna")), "anna");
        assert_eq!(limits.check(&running, &runner(2, "blog", "ben")), Ok(()));
    }
}
