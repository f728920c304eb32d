//! How many sessions may run at the same time.

use crate::card::SessionCard;
use crate::words::count;
use serde::Serialize;
use std::collections::HashMap;

/// Running sessions of one gateway, if nothing else is configured.
pub const RUNNING: usize = 10;

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
        Self { gateway: RUNNING, per_project: None, per_user: None, projects: HashMap::new() }
    }
}

/// A start is refused, with what is running.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{whose} has {} already, which is the limit: {}. Stop or finish one of them first", count(*limit, "running session"), titles(.running))]
pub struct LimitReached {
    pub whose: String,
    pub limit: usize,
    pub running: Vec<Running>,
}

/// A session that counts, so that people find it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Running {
    pub session: String,
    pub title: String,
}

fn titles(running: &[Running]) -> String {
    running.iter().map(|one| format!("“{}”", one.title)).collect::<Vec<_>>().join(", ")
}

impl Limits {
    /// Whether one more may start, for that project and by that person (by their id).
    pub fn check(
        &self,
        sessions: &[SessionCard],
        project: Option<&str>,
        user: &str,
    ) -> Result<(), LimitReached> {
        let running: Vec<_> = sessions.iter().filter(|session| session.is_running()).collect();
        refuse_at(self.gateway, "This gateway", &running)?;
        if let Some(project) = project
            && let Some(limit) = self.projects.get(project).copied().or(self.per_project)
        {
            let of: Vec<_> = only(&running, |one| one.about.project.as_deref() == Some(project));
            refuse_at(limit, &format!("Project {project}"), &of)?;
        }
        if let Some(limit) = self.per_user {
            let of = only(&running, |one| one.about.owner.as_ref().is_some_and(|owner| owner.id == user));
            refuse_at(limit, "You", &of)?;
        }
        Ok(())
    }
}

fn only<'a>(running: &[&'a SessionCard], which: impl Fn(&SessionCard) -> bool) -> Vec<&'a SessionCard> {
    running.iter().filter(|session| which(session)).copied().collect()
}

fn refuse_at(limit: usize, whose: &str, running: &[&SessionCard]) -> Result<(), LimitReached> {
    if running.len() < limit {
        return Ok(());
    }
    let named = |one: &&SessionCard| Running { session: one.session.clone(), title: one.about.title.clone() };
    Err(LimitReached { whose: whose.to_owned(), limit, running: running.iter().map(named).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::Person;
    use crate::input::Input;
    use crate::policy::AskPolicy;
    use crate::record::{About, Sort};
    use crate::session::Session;
    use jiff::Timestamp;

    fn card(n: usize, project: &str, owner: &str, works: bool) -> SessionCard {
        let mut session = Session::new(&format!("ses_1234567{n}"), "pod-a", AskPolicy::default());
        let owner = Person { id: owner.into(), name: owner.into() };
        let about = About {
            sort: Sort::Work,
            title: format!("Task {n}"),
            project: Some(project.into()),
            owner: Some(owner),
            ..About::default()
        };
        session.handle(Input::Described(about), Timestamp::UNIX_EPOCH);
        if works {
            session.handle(Input::TurnBegan, Timestamp::UNIX_EPOCH);
        }
        session.card()
    }

    #[test]
    fn one_more_than_the_limit_is_refused_with_what_is_running() {
        // REQ-START-09
        let limits = Limits { gateway: 2, ..Limits::default() };
        let mut running = vec![card(1, "shop", "anna", true), card(2, "shop", "ben", false)];
        assert_eq!(limits.check(&running, None, "carl"), Ok(()), "an idle session does not count");
        running.push(card(3, "blog", "anna", true));
        let refused = limits.check(&running, None, "carl").unwrap_err();
        // B30: people find them by their titles, surfaces by their ids.
        let ids: Vec<_> = refused.running.iter().map(|one| one.session.as_str()).collect();
        assert_eq!(ids, ["ses_12345671", "ses_12345673"]);
        let refused = refused.to_string();
        assert_eq!(
            refused,
            "This gateway has 2 running sessions already, which is the limit: “Task 1”, “Task 3”. Stop or finish one of \
             them first"
        );
    }

    #[test]
    fn a_project_and_a_person_have_limits_of_their_own() {
        // REQ-START-09
        let projects = HashMap::from([("shop".to_owned(), 1)]);
        let limits = Limits { per_user: Some(1), per_project: Some(5), projects, ..Limits::default() };
        let running = vec![card(1, "shop", "anna", true)];
        assert!(limits.check(&running, Some("shop"), "ben").unwrap_err().whose.contains("shop"));
        assert_eq!(limits.check(&running, Some("blog"), "anna").unwrap_err().whose, "You");
        assert_eq!(limits.check(&running, Some("blog"), "ben"), Ok(()));
    }
}
