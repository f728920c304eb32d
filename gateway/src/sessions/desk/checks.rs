//! Checks as people see and run them: what is offered, what came of the latest, what they printed.

use super::{Desk, FileContent, Refusal};
use gateway_domain::{
    About, CheckKind, CheckRun, CheckSpec, LOOKED_FOR, Person, PersonInput, Proven, Verdict, found_checks,
};
use schemars::JsonSchema;
use serde::Serialize;

/// What can be run in a session, and what was.
#[derive(JsonSchema, Clone, Debug, Default, Serialize)]
pub struct SessionChecks {
    /// Those of the project's configuration first, then those that the project's own files have.
    pub offered: Vec<CheckSpec>,
    /// Why the project's files could not be looked at, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_looked: Option<String>,
    /// The newest run of each check, oldest first.
    pub runs: Vec<CheckRun>,
}

/// Which of the offered checks are to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChecksWanted {
    /// By their names.
    Named(Vec<String>),
    OfKind(CheckKind),
    /// Those that are configured; where there are none, the first unit tests that were found.
    Usual,
}

impl Desk {
    pub async fn checks(&self, session: &str) -> Result<SessionChecks, Refusal> {
        let (_, about) =
            self.described(session).ok_or_else(|| Refusal::UnknownSession(session.to_owned()))?;
        let runs = self.threads.card_of(session).map(|card| card.checks.clone()).unwrap_or_default();
        let (offered, not_looked) = self.offered_checks(session, &about).await;
        Ok(SessionChecks { offered, not_looked, runs })
    }

    /// A person has checks run, `before` also on the code from before the session's changes. What is not offered does not run,
    /// whoever names it.
    pub async fn run_checks(
        &self,
        session: &str,
        by: Person,
        proven: Proven,
        wanted: ChecksWanted,
        before: bool,
    ) -> Result<Verdict, Refusal> {
        self.known(session).await?;
        let (_, about) =
            self.described(session).ok_or_else(|| Refusal::UnknownSession(session.to_owned()))?;
        let (offered, not_looked) = self.offered_checks(session, &about).await;
        if offered.is_empty() && not_looked.is_none() && wanted == ChecksWanted::Usual {
            return self.tell(session, PersonInput::RunsChecks { by, proven, checks: vec![], before }).await;
        }
        let checks = chosen(&offered, &wanted).map_err(|why| match not_looked {
            Some(not_looked) => Refusal::NoSuch(format!("{why} {not_looked}")),
            None => Refusal::NoSuch(why),
        })?;
        self.tell(session, PersonInput::RunsChecks { by, proven, checks, before }).await
    }

    pub async fn stop_checks(&self, session: &str, by: Person) -> Result<Verdict, Refusal> {
        self.known(session).await?;
        self.tell(session, PersonInput::StopsChecks { by }).await
    }

    /// The end of what a check printed, as it is kept.
    pub async fn check_output(&self, session: &str, check: &str) -> Result<FileContent, Refusal> {
        let card =
            self.threads.card_of(session).ok_or_else(|| Refusal::UnknownSession(session.to_owned()))?;
        let run = card.checks.iter().find(|run| run.id == check);
        let note = run.and_then(|run| run.end.as_ref()?.output.clone());
        let note = note.ok_or_else(|| {
            Refusal::NoSuch(format!("There is no output of a check {check} in this session."))
        })?;
        let content =
            self.shelf.read(check, &note).await.map_err(|error| Refusal::NoSuch(error.to_string()))?;
        Ok(FileContent::of(&note.name, content))
    }

    /// A configured check takes the place of a found one of its name.
    async fn offered_checks(&self, session: &str, about: &About) -> (Vec<CheckSpec>, Option<String>) {
        let mut offered = self.session_tasks.configured_checks(about);
        match self.pod_checks.look(session, &LOOKED_FOR).await {
            Ok(files) => {
                let new = |found: &CheckSpec| !offered.iter().any(|known| known.name == found.name);
                let found: Vec<_> = found_checks(&files).into_iter().filter(new).collect();
                offered.extend(found);
                (offered, None)
            }
            Err(refused) => (offered, Some(format!("The project's files can't be looked at now: {refused}"))),
        }
    }
}

/// In the order in which they are offered.
fn chosen(offered: &[CheckSpec], wanted: &ChecksWanted) -> Result<Vec<CheckSpec>, String> {
    let names = || offered.iter().map(CheckSpec::shown_name).collect::<Vec<_>>().join(", ");
    let of = |fits: &dyn Fn(&CheckSpec) -> bool| {
        offered.iter().filter(|spec| fits(spec)).cloned().collect::<Vec<_>>()
    };
    let found = match wanted {
        ChecksWanted::Named(wanted) => {
            let unknown = wanted.iter().find(|name| !offered.iter().any(|spec| spec.name == **name));
            if let Some(name) = unknown {
                let there = if offered.is_empty() {
                    "There are none.".to_owned()
                } else {
                    format!("There are: {}.", names())
                };
                return Err(format!("There is no check {name:?} in this session. {there}"));
            }
            of(&|spec| wanted.contains(&spec.name))
        }
        ChecksWanted::OfKind(kind) => of(&|spec| spec.kind == *kind),
        ChecksWanted::Usual if offered.iter().any(CheckSpec::is_configured) => of(&CheckSpec::is_configured),
        ChecksWanted::Usual => {
            offered.iter().find(|spec| spec.kind == CheckKind::Unit).cloned().into_iter().collect()
        }
    };
    match found.is_empty() {
        false => Ok(found),
        true if offered.is_empty() => Err("No tests were found in this session.".to_owned()),
        true => Err(format!("This session has other checks: {}.", names())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_domain::CheckWork;

    fn spec(name: &str, kind: CheckKind, found_in: Option<&str>) -> CheckSpec {
        let work = CheckWork::Run { command: name.to_owned(), report: None };
        CheckSpec {
            name: name.into(),
            kind,
            work,
            limit_seconds: 60,
            found_in: found_in.map(str::to_owned),
            script: None,
        }
    }

    fn names(offered: &[CheckSpec], wanted: &ChecksWanted) -> Result<Vec<String>, String> {
        chosen(offered, wanted).map(|all| all.into_iter().map(|spec| spec.name).collect())
    }

    #[test]
    fn what_is_configured_decides_and_what_is_not_offered_does_not_run() {
        // REQ-CHECK-01, REQ-CHECK-02
        let found = [
            spec("npm test", CheckKind::Unit, Some("package.json")),
            spec("make test", CheckKind::Unit, Some("Makefile")),
        ];
        assert_eq!(names(&found, &ChecksWanted::Usual).unwrap(), ["npm test"]);
        assert_eq!(names(&found, &ChecksWanted::Named(vec!["make test".into()])).unwrap(), ["make test"]);
        let both = [spec("api", CheckKind::Integration, None), found[0].clone()];
        assert_eq!(names(&both, &ChecksWanted::Usual).unwrap(), ["api"]);
        assert_eq!(names(&both, &ChecksWanted::OfKind(CheckKind::Unit)).unwrap(), ["npm test"]);
        let refused = names(&both, &ChecksWanted::Named(vec!["rm -rf /".into()])).unwrap_err();
        assert_eq!(refused, "There is no check \"rm -rf /\" in this session. There are: api, npm test.");
        assert!(names(&[], &ChecksWanted::Usual).unwrap_err().starts_with("No tests were found"));
        assert!(names(&found, &ChecksWanted::OfKind(CheckKind::Acceptance)).is_err());
    }
}
