//! Where deliveries begin: one for each repository of the workspace, found again if there is one already.

use super::delivery_hands::DeliveryHands;
use super::ports::Site;
use crate::sessions::ports::RepositorySource;
use gateway_delivery::{
    AgentSays, Begun, Budget, DeliveryRecord, Mode, Outcome, Refusal, Requester, RunId, Starts, Usage,
};
use gateway_domain::{DeliveryOrder, People, Person, SafeName};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// What a session says of a delivery that is wanted.
#[derive(Clone, Debug)]
pub(super) struct Wanting {
    pub(super) session: String,
    pub(super) by: Person,
    pub(super) title: String,
    pub(super) workspace: SafeName,
    pub(super) repositories: Vec<SafeName>,
    pub(super) project: Option<String>,
    pub(super) kind: String,
    pub(super) only: Option<Mode>,
    pub(super) says: String,
    pub(super) model: Option<String>,
}

/// What is done for one repository.
pub(super) enum Start {
    /// There is one under way: what is there goes into it.
    Known(Arc<DeliveryRecord>),
    New(Box<Begun>),
    /// A sentence.
    Not(String),
    /// The forge doesn't answer; it is tried again.
    Later,
}

impl Wanting {
    pub(super) fn of(order: DeliveryOrder) -> Option<Self> {
        let DeliveryOrder::BeginDelivery {
            session,
            by,
            title,
            workspace,
            repositories,
            project,
            category,
            only,
            says,
            model,
            ..
        } = order
        else {
            return None;
        };
        let only = only.as_deref().and_then(super::switch::mode);
        let kind = kind_of(category.as_deref(), &title).to_owned();
        Some(Self { session, by, title, workspace, repositories, project, kind, only, says, model })
    }
}

/// The kind of work, by the team's own word for it or by its title. What fits nothing is a feature: that has the widest limits
/// of size, and the others can be chosen.
fn kind_of(category: Option<&str>, title: &str) -> &'static str {
    let words = format!("{} {title}", category.unwrap_or_default()).to_lowercase();
    let has = |some: &[&str]| some.iter().any(|word| words.contains(word));
    match () {
        () if has(&["investigat", "analys", "research"]) => "investigate",
        () if has(&["migrat"]) => "migration",
        () if has(&["bump", "upgrade", "dependency", "dependencies"]) => "dependency_update",
        () if has(&["test"]) => "test_fix",
        () if has(&["doc", "readme", "changelog"]) => "docs_update",
        () if has(&["clean", "refactor", "tidy", "rename"]) => "code_cleanup",
        () if has(&["fix", "bug", "repair", "broken", "crash"]) => "small_bugfix",
        () => "feature",
    }
}

impl DeliveryHands {
    pub(super) async fn start(&self, wanting: &Wanting, folder: &SafeName, now: Timestamp) -> Start {
        let source = self.workshop.projects.sources(wanting.project.as_deref(), std::slice::from_ref(folder));
        let Some((source, site)) = source.into_iter().find_map(|source| {
            let site = self.workshop.forge.site(source.from.as_deref()?)?;
            Some((source, site))
        }) else {
            return Start::Not(format!("{folder} doesn't come from the forge that this gateway delivers to"));
        };
        if let Some(known) = self.open_delivery(&wanting.session, &site.repository) {
            return Start::Known(known);
        }
        self.start_new(wanting, folder, &source, &site, now).await
    }

    async fn start_new(
        &self,
        wanting: &Wanting,
        folder: &SafeName,
        source: &RepositorySource,
        site: &Site,
        now: Timestamp,
    ) -> Start {
        let settings = self.settings(wanting.project.as_deref(), &site.repository);
        if settings.mode == Mode::Off {
            return Start::Not("delivering is switched off here".to_owned());
        }
        let about = match self.workshop.forge.about(site, source.branch.as_deref(), now).await {
            Ok(about) => about,
            Err(Outcome::Refused(refusal)) => return Start::Not(says(&refusal, &site.repository)),
            Err(_) => return Start::Later,
        };
        let Some(run) = self.new_run(&settings.preset.id_prefix, now) else {
            return Start::Not("all names for today's runs are used up".to_owned());
        };
        let mut requester = requester(&wanting.by, &self.people);
        for account in numbers(&requester.accounts, self.workshop.forge.host()) {
            match self.workshop.forge.login_of(site, account, now).await {
                Ok(login) => requester.logins.extend(login),
                Err(Outcome::Refused(refusal)) => return Start::Not(says(&refusal, &site.repository)),
                Err(_) => return Start::Later,
            }
        }
        let own = self.config.of(wanting.project.as_deref());
        Start::New(Box::new(Begun {
            run,
            session: wanting.session.clone(),
            title: title(wanting),
            kind: wanting.kind.clone(),
            permits: own.permits.clone(),
            requester,
            repository: about,
            budget: Budget::new(own.budget, Usage::default()),
            wish: wanting.only,
            starts: Starts::Done { says: agent_says(wanting) },
            thread_url: self
                .console
                .as_ref()
                .map(|console| format!("{console}/sessions/{}", wanting.session)),
            workspace: format!("{}/repos/{folder}", wanting.workspace),
            project: wanting.project.clone(),
        }))
    }

    fn open_delivery(&self, session: &str, repository: &str) -> Option<Arc<DeliveryRecord>> {
        let is_it = |record: &DeliveryRecord| {
            record.session == session && record.repository.name == repository && !record.stage.is_over()
        };
        self.records.iter().find(|known| is_it(known)).map(|known| Arc::clone(known.value()))
    }

    fn new_run(&self, prefix: &str, now: Timestamp) -> Option<RunId> {
        let day = now.to_zoned(TimeZone::UTC).date();
        let dice = self
            .ids
            .next("")
            .bytes()
            .fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
        RunId::next_free(prefix, day, dice, |run| self.records.contains_key(run))
    }
}

fn title(wanting: &Wanting) -> String {
    match wanting.title.trim() {
        "" => format!("Work of session {}", wanting.session),
        title => title.to_owned(),
    }
}

/// Everything that is known to be the same person: their approval doesn't count (D7).
fn requester(by: &Person, people: &People) -> Requester {
    let human = people.human_of(&by.id);
    let others = human.and_then(|human| people.humans.get(human)).into_iter().flatten();
    let accounts: Vec<String> = [by.id.clone()].into_iter().chain(others.cloned()).collect();
    Requester { name: by.name.clone(), accounts, logins: vec![], co_author: None }
}

/// Accounts at the forge, as the table of people has them: `github:github.com#583231`.
fn numbers(accounts: &[String], host: &str) -> Vec<u64> {
    let own = accounts.iter().filter_map(|account| account.strip_prefix("github:")?.split_once('#'));
    own.filter(|(at, _)| at.eq_ignore_ascii_case(host))
        .filter_map(|(_, number)| number.parse().ok())
        .collect()
}

fn agent_says(wanting: &Wanting) -> AgentSays {
    let model = wanting.model.as_ref().map(|model| format!("OpenCode, model {model}"));
    AgentSays {
        what_changed: wanting.says.clone(),
        made_with: model.unwrap_or_else(|| "OpenCode".to_owned()),
        ..AgentSays::default()
    }
}

fn says(refusal: &Refusal, repository: &str) -> String {
    match refusal {
        Refusal::NotInstalled { settings: Some(url) } => {
            format!("the app can't see {repository}. An owner can grant it: {url}")
        }
        Refusal::NotInstalled { settings: None } => format!("the app can't see {repository}"),
        Refusal::RightMissing { right } => format!("the app lacks a right on {repository}: {right}"),
        Refusal::Other { why } => why.clone(),
        other => format!("the forge refused {repository} ({other:?})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_work_is_told_by_its_words() {
        // REQ-DELIVER-02
        for (category, title, kind) in [
            (None, "Fix the login redirect", "small_bugfix"),
            (Some("docs"), "Explain the setup", "docs_update"),
            (None, "Flaky test in cart", "test_fix"),
            (None, "Add a dark mode", "feature"),
            (Some("migration"), "Orders", "migration"),
            (None, "Bump axum", "dependency_update"),
        ] {
            assert_eq!(kind_of(category, title), kind, "{title}");
        }
    }

    #[test]
    fn all_accounts_of_a_person_are_the_requesters() {
        // REQ-DELIVER-11
        let accounts = vec!["slack:T1:U1".to_owned(), "github:github.com#583231".to_owned()];
        let people = People { humans: [("anna".to_owned(), accounts)].into(), ..People::default() };
        let by = Person { id: "slack:T1:U1".into(), name: "Anna".into() };
        let requester = requester(&by, &people);
        assert_eq!(requester.accounts.len(), 3);
        assert_eq!(numbers(&requester.accounts, "github.com"), [583_231]);
        assert_eq!(numbers(&requester.accounts, "github.example.com"), Vec::<u64>::new());
    }
}
