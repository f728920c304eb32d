//! Which project a task belongs to, as its title says (REQ-START-12).

use super::{ListedProject, ListedRepository, ProjectList};
use crate::safe_name::SafeName;
use crate::workspace_name::{slug, workspace_name};
use serde::Serialize;

/// From here on the form is filled in; below all active projects are offered.
const CONFIDENT: f64 = 0.6;

/// How far the best must be ahead of the next.
const AHEAD: f64 = 0.2;

/// What each kind of mention says by itself.
const BY_ID: f64 = 0.95;
const BY_NAME: f64 = 0.9;
const BY_REPOSITORY: f64 = 0.65;
const BY_CATEGORY: f64 = 0.2;

/// What many projects are called besides, and few titles repeat.
const COMMON: [&str; 12] = [
    "app",
    "application",
    "integration",
    "module",
    "platform",
    "project",
    "service",
    "services",
    "site",
    "system",
    "tool",
    "website",
];

/// What such a word counts next to one that is the project's own.
const COMMON_WEIGHT: f64 = 0.4;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Inference {
    /// None: nothing is clear enough, choose one or make a new one.
    pub project: Option<SafeName>,
    /// From 0 to 1, of the best, whether or not it is good enough.
    pub confidence: f64,
    /// What in the title led to it.
    pub because: Vec<String>,
    /// Proposed for the workspace.
    pub workspace: SafeName,
    pub repositories: Vec<ListedRepository>,
    pub category: Option<String>,
    /// Where its threads are, as the list says it.
    pub channel: Option<String>,
    /// What to choose from; "Create new project" comes besides.
    pub active: Vec<SafeName>,
}

/// Only active projects are matched.
pub fn infer(list: &ProjectList, title: &str) -> Inference {
    let mut scored: Vec<_> = list.active().map(|project| (score(project, title), project)).collect();
    scored.sort_by(|((a, _), _), ((b, _), _)| b.total_cmp(a));
    let next = scored.get(1).map_or(0.0, |((score, _), _)| *score);
    let active = list.active().map(|project| project.id.clone()).collect();
    let (confidence, because, best) = scored
        .into_iter()
        .next()
        .map_or((0.0, vec![], None), |((score, because), best)| (score, because, Some(best)));
    let sure = best.filter(|_| confidence >= CONFIDENT && confidence - next >= AHEAD);
    Inference {
        project: sure.map(|project| project.id.clone()),
        confidence: (confidence * 100.0).round() / 100.0,
        because,
        workspace: workspace_name(sure.map(|project| project.id.as_str()), title),
        repositories: sure.map(|project| project.repositories.clone()).unwrap_or_default(),
        category: sure.and_then(|project| project.category.clone()),
        channel: sure.and_then(|project| project.channel.clone()),
        active,
    }
}

fn score(project: &ListedProject, title: &str) -> (f64, Vec<String>) {
    let words = slug_words(title);
    let (mut doubt, mut because) = (1.0, vec![]);
    let mut count = |weight: f64, what: String| {
        doubt *= 1.0 - weight;
        if weight > 0.0 {
            because.push(what);
        }
    };
    if has(&words, &slug_words(project.id.as_str())) {
        count(BY_ID, project.id.to_string());
    }
    let by_name = BY_NAME * likeness(&words, &slug_words(&project.name));
    if by_name > 0.0 {
        count(by_name, project.name.clone());
    }
    for repository in &project.repositories {
        let called = slug_words(repository.name.as_str());
        if has(&words, &called) {
            count(BY_REPOSITORY * telling(&called), repository.name.to_string());
        }
    }
    let name = slug_words(&project.name);
    let beside_its_name = |category: &&String| {
        let called = slug_words(category);
        has(&words, &called) && !has(&name, &called)
    };
    if let Some(category) = project.category.as_ref().filter(beside_its_name) {
        count(BY_CATEGORY, category.clone());
    }
    (1.0 - doubt, because)
}

/// How much of a project's name a title has, from 0 to 1. Words that many names have say little; words that follow each
/// other as they do in the name say more than the same ones apart (F2: "OpenCode Slack" of "OpenCode Slack Integration").
fn likeness(title: &[String], name: &[String]) -> f64 {
    let all: f64 = name.iter().map(|word| weight(word)).sum();
    let shared: Vec<_> = name.iter().filter(|word| title.contains(word)).collect();
    if shared.is_empty() || all == 0.0 {
        return 0.0;
    }
    let share = shared.iter().map(|word| weight(word)).sum::<f64>() / all;
    if is_phrase(title, name, shared.len()) { share } else { share.powi(3) }
}

fn weight(word: &str) -> f64 {
    if COMMON.contains(&word) { COMMON_WEIGHT } else { 1.0 }
}

/// The weight of a name's most telling word.
fn telling(name: &[String]) -> f64 {
    name.iter().map(|word| weight(word)).fold(0.0, f64::max)
}

/// Whether that many words of the name, two at least, stand in the title one behind the other.
fn is_phrase(title: &[String], name: &[String], shared: usize) -> bool {
    shared >= 2 && name.windows(shared).any(|part| title.windows(shared).any(|window| window == part))
}

/// Words as they are in names; not cut, however long the text.
fn slug_words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).map(slug).filter(|word| !word.is_empty()).collect()
}

/// Whether the words stand in the text one behind the other.
fn has(text: &[String], words: &[String]) -> bool {
    !words.is_empty() && text.windows(words.len()).any(|window| window == words)
}
