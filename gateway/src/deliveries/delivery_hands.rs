//! Carries out what deliveries order: here, in the session, at the forge.

use super::delivery_config::DeliveryConfig;
use super::metrics::DeliveryMetrics;
use super::ports::{ForgeHands, Judge, Looked, Site, Watch};
use super::switch::Switch;
use super::workshop::Workshop;
use crate::ids::IdSource;
use crate::sessions::ports::{DeliveryNews, DeliveryShelf, Keeper, NotKept};
use dashmap::DashMap;
use gateway_delivery::{
    Attempt, DeliveryRecord, Facts, MeasuredChange, Order, Outcome, Refusal, RunId, Settings, digest_of,
};
use gateway_domain::{AuditEntry, DeliveryWord, People, SafeName, Verdict};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// A session writes what it hears to disk before it says so.
const HEARD_WITHIN: Duration = Duration::from_secs(20);

pub(super) struct DeliveryHands {
    pub(super) config: DeliveryConfig,
    pub(super) switch: Switch,
    pub(super) shelf: Arc<dyn DeliveryShelf>,
    pub(super) keeper: Arc<dyn Keeper>,
    pub(super) forge: Arc<dyn ForgeHands>,
    pub(super) judge: Arc<dyn Judge>,
    pub(super) workshop: Workshop,
    pub(super) news: mpsc::Sender<DeliveryNews>,
    pub(super) metrics: DeliveryMetrics,
    /// As they are on disk.
    pub(super) records: DashMap<RunId, Arc<DeliveryRecord>>,
    pub(super) people: People,
    /// The console's address, if people can reach it.
    pub(super) console: Option<String>,
    pub(super) ids: IdSource,
}

/// What an order is about.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) run: RunId,
    pub(super) session: String,
    pub(super) repository: String,
    pub(super) base: String,
    /// The name of the workspace, and of the repository's folder in it.
    pub(super) workspace: String,
    pub(super) project: Option<String>,
    pub(super) facts: Option<Box<Facts>>,
}

impl Case {
    pub(super) fn of(record: &DeliveryRecord) -> Self {
        Self {
            run: record.run.clone(),
            session: record.session.clone(),
            repository: record.repository.name.clone(),
            base: record.repository.base.clone(),
            workspace: record.workspace.clone(),
            project: record.project.clone(),
            facts: None,
        }
    }

    /// Its name among files.
    pub(super) fn name(&self) -> Option<SafeName> {
        SafeName::parse(self.run.as_str()).ok()
    }
}

impl DeliveryHands {
    pub(super) async fn keep(&self, record: &Arc<DeliveryRecord>) -> Result<(), NotKept> {
        let told = |error: String| NotKept(format!("the delivery {} can't be written: {error}", record.run));
        let name = SafeName::parse(record.run.as_str()).map_err(|error| told(error.to_string()))?;
        let text = serde_json::to_string(&**record).map_err(|error| told(error.to_string()))?;
        self.shelf.keep(&name, text).await?;
        self.records.insert(record.run.clone(), Arc::clone(record));
        Ok(())
    }

    /// A session that is gone has no use for it. Told whether it heard.
    pub(super) async fn say(&self, session: &str, word: DeliveryWord) -> Option<Verdict> {
        let (heard, hears) = oneshot::channel();
        let news = DeliveryNews { session: session.to_owned(), word, heard };
        self.news.send(news).await.ok()?;
        tokio::time::timeout(HEARD_WITHIN, hears).await.ok()?.ok()
    }

    pub(super) async fn audit(&self, entry: &AuditEntry) {
        // It stays in the record until the next input, and is given again after a restart.
        if let Err(error) = self.keeper.audit(entry).await {
            tracing::error!(%error, "audit entry not saved");
        }
    }

    pub(super) async fn has_no_ci(&self, repository: &str) {
        let stored = self.switch.without_ci(repository);
        self.store_switch(stored).await.unwrap_or_else(|error| {
            tracing::error!(%error, repository, "it isn't remembered that this repository has no CI");
        });
    }

    pub(super) async fn store_switch(&self, stored: super::switch::Stored) -> Result<(), NotKept> {
        if let Some(name) = Switch::file() {
            self.shelf.keep(&name, stored.text()).await?;
        }
        self.switch.set(stored);
        Ok(())
    }

    /// At the limit of its budget the agent's calls wait.
    pub(super) async fn hold(&self, record: &DeliveryRecord, held: bool) {
        let run = record.run.to_string();
        self.say(&record.session, DeliveryWord::Hold { run, held, why: record.because.clone() }).await;
    }

    /// As they are at this moment.
    pub(super) fn settings(&self, project: Option<&str>, repository: &str) -> Settings {
        self.config.settings(project, self.switch.most(), self.switch.has_no_ci(repository))
    }

    pub(super) async fn look(&self, case: &Case, watch: Watch, now: Timestamp) -> Looked {
        match self.site(case) {
            Some(site) => self.forge.look(&site, watch, now).await,
            None => Looked::Refused(no_site(case)),
        }
    }

    pub(super) fn site(&self, case: &Case) -> Option<Site> {
        self.workshop.site(&case.repository)
    }

    pub(super) async fn carry_out(
        &self,
        case: &Case,
        id: &str,
        order: Order,
        attempt: Attempt,
        now: Timestamp,
    ) -> Outcome {
        let needs = order.needs();
        // Read directly before it is done: whoever turned the switch a moment ago is heard.
        let mode = self.settings(case.project.as_deref(), &case.repository).mode;
        if attempt != Attempt::OnlyLook && mode < needs {
            return Outcome::Held;
        }
        let outcome = match order {
            order if order.is_outside() => self.outside(case, &order, attempt, now).await,
            Order::Prompt { text } => self.prompt(case, id, text).await,
            Order::Judge { tree, .. } => self.judge(case, tree).await,
            Order::Measure { since } => self.measure(case, since, now).await,
            Order::RunChecks { tree } => Outcome::Checked(self.workshop.checks_of(&case.session, &tree)),
            Order::Keep { digest, text, .. } => self.keep_evidence(case, &digest, text.into_bytes()).await,
            Order::Seal { tree, parents, message, at } => {
                self.seal(case, (tree, parents, message), at, now).await
            }
            Order::ReadFailures { head, checks } => match self.site(case) {
                Some(site) => self.forge.read_failures(&site, &head, &checks, now).await,
                None => Outcome::Refused(no_site(case)),
            },
            Order::TakeIn { .. } => other(
                "The commits of others can't be brought into the workspace yet. Pull them there, and deliver again",
            ),
            // All of them are above.
            _ => Outcome::Unknown,
        };
        tracing::info!(run = %case.run, order = id, outcome = kind(&outcome), "delivery order");
        outcome
    }

    async fn outside(&self, case: &Case, order: &Order, attempt: Attempt, now: Timestamp) -> Outcome {
        let Some(site) = self.site(case) else { return Outcome::Refused(no_site(case)) };
        let Order::Push { branch, commit, tree: _, expected } = order else {
            return self.forge.carry_out(&site, order, attempt, now).await;
        };
        let pushing = self.workshop.push(case, &site, (branch, commit, expected.as_deref()), attempt);
        self.forge.with_remote(&site, true, now, pushing).await
    }

    async fn prompt(&self, case: &Case, id: &str, text: String) -> Outcome {
        let (run, order) = (case.run.to_string(), id.to_owned());
        match self.say(&case.session, DeliveryWord::Prompt { run, order, text }).await {
            Some(Verdict::Done) => Outcome::Done,
            Some(_) => other("The session has ended, so its agent can't be told anything"),
            None => other("The session is gone, so its agent can't be told anything"),
        }
    }

    async fn measure(&self, case: &Case, since: Option<String>, now: Timestamp) -> Outcome {
        let Some(site) = self.site(case) else { return Outcome::Refused(no_site(case)) };
        let measuring = self.workshop.measure(case, &site, since);
        let outcome = self.forge.with_remote(&site, false, now, measuring).await;
        let Outcome::Measured { change, .. } = &outcome else { return outcome };
        // Without what was measured nothing can be judged later.
        let name = change_name(&change.tree);
        let (Ok(text), Some(name)) = (serde_json::to_string(&**change), name) else {
            return Outcome::Unknown;
        };
        match self.shelf.keep(&name, text).await {
            Ok(()) => outcome,
            Err(_) => Outcome::Unknown,
        }
    }

    async fn judge(&self, case: &Case, tree: Option<String>) -> Outcome {
        let unjudged = |why: &str| Outcome::Unjudged { why: why.to_owned() };
        let Some(facts) = case.facts.clone() else { return unjudged("The facts are missing") };
        let change = match tree {
            None => None,
            Some(tree) => match self.change(&tree).await {
                Some(change) => Some(change),
                None => return unjudged("What was measured can't be found"),
            },
        };
        let owners = change.as_ref().map(|change| self.workshop.owners(case, change)).unwrap_or_default();
        let facts = Facts { change, owners, ..*facts };
        // The facts are what was judged: whoever doubts the answer can judge them again.
        if let Some(bytes) = gateway_rulepacks::facts_as_judged(&facts) {
            self.keep_evidence(case, &digest_of(&bytes), bytes).await;
        }
        self.judge.judge(case.project.as_deref(), facts).await
    }

    async fn change(&self, tree: &str) -> Option<MeasuredChange> {
        let text = self.shelf.read(&change_name(tree)?).await?;
        serde_json::from_str::<MeasuredChange>(&text).ok().filter(|change| change.tree == tree)
    }

    async fn keep_evidence(&self, case: &Case, digest: &str, bytes: Vec<u8>) -> Outcome {
        let Some(name) = case.name() else { return Outcome::Unknown };
        match self.shelf.keep_evidence(&name, digest, bytes).await {
            Ok(()) => Outcome::Done,
            Err(error) => {
                tracing::error!(run = %case.run, %error, "evidence not saved");
                Outcome::Unknown
            }
        }
    }

    async fn seal(
        &self,
        case: &Case,
        (tree, parents, message): (String, Vec<String>, String),
        at: Timestamp,
        now: Timestamp,
    ) -> Outcome {
        let Some(site) = self.site(case) else { return Outcome::Refused(no_site(case)) };
        match self.forge.author(&site, now).await {
            Ok(author) => self.workshop.seal(case, &site, (tree, parents, message), author, at).await,
            Err(refusal) => Outcome::Refused(refusal),
        }
    }
}

/// Where the measured change of a tree is, beside the records.
pub(super) fn change_name(tree: &str) -> Option<SafeName> {
    SafeName::parse(&format!("change-{tree}")).ok()
}

pub(super) fn is_change(name: &str) -> bool {
    name.starts_with("change-")
}

fn no_site(case: &Case) -> Refusal {
    let why = format!("{} isn't among the repositories of the session's project any longer", case.repository);
    Refusal::Other { why }
}

pub(super) fn other(why: &str) -> Outcome {
    Outcome::Refused(Refusal::Other { why: why.to_owned() })
}

fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Refused(_) => "refused",
        Outcome::Unknown => "unknown",
        Outcome::Held => "held",
        Outcome::NotDone => "not done",
        Outcome::Unjudged { .. } => "unjudged",
        Outcome::Conflict { .. } | Outcome::Moved { .. } => "met others",
        _ => "done",
    }
}
