//! Rules and numbers that are ready to judge, and the digest that says which they were.

use crate::answer::{Answer, OwnAnswer};
use crate::engine::{self, Rules};
use crate::pack_folder::Folder;
use crate::{PackFault, Unjudged, built_in, canonical, numbers, paths};
use gateway_delivery::{Decision, Facts, Finding, digest_of};
use regorus::Engine;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// What a question may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For one evaluation, by the clock of the wall; a project's rules and the built-in ones have it each.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(5) }
    }
}

/// The built-in rules, perhaps with a project's own. Compiled once.
pub struct Pack {
    pub(crate) built_in: Engine,
    /// `None`: the project has no rules of its own.
    pub(crate) own: Option<Engine>,
    pub(crate) data: Value,
    pub(crate) limits: Limits,
    digest: String,
}

impl fmt::Debug for Pack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pack").field("digest", &self.digest).finish_non_exhaustive()
    }
}

impl Pack {
    pub fn built_in(limits: Limits) -> Result<Self, PackFault> {
        Self::of(&Folder::default(), limits)
    }

    /// With a project's own folder, which must lie outside the repository under change.
    pub fn with(folder: &Path, limits: Limits) -> Result<Self, PackFault> {
        Self::of(&Folder::read(folder)?, limits)
    }

    pub(crate) fn of(folder: &Folder, limits: Limits) -> Result<Self, PackFault> {
        engine::deep(|| Self::compiled(folder, limits)).unwrap_or_else(|why| Err(PackFault::of("rules", why)))
    }

    fn compiled(folder: &Folder, limits: Limits) -> Result<Self, PackFault> {
        let data = match &folder.data {
            Some(file) => numbers::with(&file.name, &file.text)?,
            None => numbers::built_in()?,
        };
        let rules: Vec<_> = folder
            .rules
            .iter()
            .map(|file| Rules { file: file.name.clone(), text: file.text.clone() })
            .collect();
        let own = match rules.is_empty() {
            true => None,
            false => Some(engine::own(&data, &rules, limits.time)?),
        };
        let built_in = engine::built_in(&data, limits.time)?;
        Ok(Self { built_in, own, data, limits, digest: digest(folder) })
    }

    /// `sha256:…` of every rule and number that counts. Tests and tables don't.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Takes as long as [`Limits`] let it, so it belongs on a thread that may block: see [`Judge`](crate::Judge).
    pub fn judge(&self, facts: &Facts) -> Result<Decision, Unjudged> {
        let facts = serde_json::to_value(facts).map_err(|error| Unjudged { why: error.to_string() })?;
        self.judge_value(&facts).map_err(|why| Unjudged { why })
    }

    /// Of whatever form they are.
    pub(crate) fn judge_value(&self, facts: &Value) -> Result<Decision, String> {
        let (mut built_in, mut own) = (self.built_in.clone(), self.own.clone());
        self.judge_with(&mut built_in, own.as_mut(), facts)
    }

    pub(crate) fn judge_with(
        &self,
        built_in: &mut Engine,
        own: Option<&mut Engine>,
        facts: &Value,
    ) -> Result<Decision, String> {
        engine::deep(|| self.judge_here(built_in, own, facts))?
    }

    fn judge_here(
        &self,
        built_in: &mut Engine,
        own: Option<&mut Engine>,
        facts: &Value,
    ) -> Result<Decision, String> {
        let mut input = prepared(facts)?;
        let found = match own {
            Some(own) => OwnAnswer::read(&engine::ask(own, &input)?)?,
            None => OwnAnswer::default(),
        };
        let found = serde_json::to_value(found).map_err(|error| error.to_string())?;
        if let Value::Object(input) = &mut input {
            input.insert("project".to_owned(), found);
        }
        let answer = Answer::read(&engine::ask(built_in, &input)?)?;
        Ok(self.decision(answer, facts))
    }

    fn decision(&self, answer: Answer, facts: &Value) -> Decision {
        let findings = |list: Vec<_>| list.into_iter().map(Finding::from).collect();
        Decision {
            deny: findings(answer.deny),
            ask: findings(answer.ask),
            warn: findings(answer.warn),
            tier: answer.tier,
            because: answer.because,
            approvals: answer.approvals,
            owner_approves: answer.owner_approves,
            may_merge_itself: answer.may_merge_itself,
            reviewers: answer.reviewers,
            pack: self.digest.clone(),
            input: digest_of(canonical::canonical(facts).as_bytes()),
        }
    }
}

/// The facts as rules see them: with the paths that can't be judged, and why.
fn prepared(facts: &Value) -> Result<Value, String> {
    let Value::Object(facts) = facts else { return Err("These facts are not a map.".to_owned()) };
    let mut input = facts.clone();
    let mut planned = BTreeSet::new();
    if let Some(Value::Array(list)) = input.get_mut("run").and_then(|run| run.get_mut("planned_paths")) {
        for path in list.iter_mut() {
            if let Value::String(path) = path {
                *path = paths::planned(path).to_owned();
                planned.insert(path.clone());
            }
        }
    }
    let all = planned.into_iter().chain(changed(facts));
    let odd = all.filter_map(|path| paths::odd(&path).map(|why| (path, json!(why))));
    let odd: Map<_, _> = odd.collect();
    input.insert("odd".to_owned(), Value::Object(odd));
    Ok(Value::Object(input))
}

fn changed(facts: &Map<String, Value>) -> impl Iterator<Item = String> {
    let files = facts.get("change").and_then(|change| change.get("files")).and_then(Value::as_array);
    let of_file = |file: &Value| {
        ["path", "old_path"].map(|key| file.get(key).and_then(Value::as_str).map(str::to_owned))
    };
    files.into_iter().flatten().flat_map(of_file).flatten().collect::<Vec<_>>().into_iter()
}

/// Each part with its length, so that none can pass for another.
fn digest(folder: &Folder) -> String {
    let ours = [built_in::LIB, built_in::RULES, built_in::OWN, built_in::NUMBERS];
    let theirs = folder.rules.iter().chain(&folder.data).map(|file| (file.name.as_str(), file.text.as_str()));
    let mut hash = Sha256::new();
    hash.update(b"rulepack 1\n");
    for (whose, (name, text)) in
        ours.map(|part| ("gateway", part)).into_iter().chain(theirs.map(|part| ("project", part)))
    {
        for part in [whose, name, text] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    format!("sha256:{}", hex::encode(hash.finalize()))
}
