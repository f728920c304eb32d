//! What rules answer, read strictly: a word too many or a number in place of a sentence, and none of it counts.

use gateway_delivery::{Finding, Tier};
use serde::{Deserialize, Serialize};

const MAX_FINDINGS: usize = 1_000;
const MAX_PATHS: usize = 20_000;
/// Sentences name paths, which can be long.
const MAX_SAYS: usize = 16_384;
const MAX_RULE: usize = 80;
const MAX_APPROVALS: u32 = 10;

/// Of the built-in rules, which have the last word.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    pub(crate) deny: Vec<FoundByRule>,
    pub(crate) ask: Vec<FoundByRule>,
    pub(crate) warn: Vec<FoundByRule>,
    pub(crate) tier: Tier,
    pub(crate) because: Vec<String>,
    pub(crate) approvals: u32,
    pub(crate) owner_approves: bool,
    pub(crate) may_merge_itself: bool,
    pub(crate) reviewers: Vec<String>,
}

/// Of a project's rules. It becomes a part of what the built-in ones are asked with.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnAnswer {
    deny: Vec<FoundByRule>,
    ask: Vec<FoundByRule>,
    warn: Vec<FoundByRule>,
    high: Vec<String>,
    medium: Vec<String>,
    reviewers: Vec<String>,
    approvals: Vec<u32>,
}

/// As strict as its names: [`Finding`] itself reads over what it doesn't know.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FoundByRule {
    rule: String,
    says: String,
    paths: Vec<String>,
}

impl From<FoundByRule> for Finding {
    fn from(found: FoundByRule) -> Self {
        Self { rule: found.rule, says: found.says, paths: found.paths }
    }
}

impl Answer {
    pub(crate) fn read(json: &str) -> Result<Self, String> {
        let answer: Self = serde_json::from_str(json).map_err(|error| unreadable(&error))?;
        findings(&[&answer.deny, &answer.ask, &answer.warn])?;
        sentences(&answer.because)?;
        accounts(&answer.reviewers)?;
        match answer.because.is_empty() {
            true => Err("The rules don't say why the risk is what it is.".to_owned()),
            false => Ok(answer),
        }
    }
}

impl OwnAnswer {
    pub(crate) fn read(json: &str) -> Result<Self, String> {
        let answer: Self = serde_json::from_str(json).map_err(|error| unreadable(&error))?;
        findings(&[&answer.deny, &answer.ask, &answer.warn])?;
        sentences(&answer.high)?;
        sentences(&answer.medium)?;
        accounts(&answer.reviewers)?;
        match answer.approvals.iter().all(|number| *number <= MAX_APPROVALS) {
            true => Ok(answer),
            false => Err(format!("A rule wants more than {MAX_APPROVALS} approvals.")),
        }
    }
}

fn unreadable(error: &serde_json::Error) -> String {
    format!("The rules gave an answer of another form: {error}.")
}

fn findings(lists: &[&Vec<FoundByRule>]) -> Result<(), String> {
    for list in lists {
        if list.len() > MAX_FINDINGS || list.iter().map(|one| one.paths.len()).sum::<usize>() > MAX_PATHS {
            return Err("The rules found more than a person could read.".to_owned());
        }
        list.iter().try_for_each(finding)?;
    }
    Ok(())
}

fn finding(found: &FoundByRule) -> Result<(), String> {
    let letter = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'.' | b'_' | b'-');
    let is_named = (1..=MAX_RULE).contains(&found.rule.len()) && found.rule.bytes().all(letter);
    match is_named {
        true => sentences(std::slice::from_ref(&found.says)),
        false => Err("A rule's name must be small letters, digits and . _ - only.".to_owned()),
    }
}

/// Paths may have any letters; where they are shown they are escaped.
fn sentences(list: &[String]) -> Result<(), String> {
    let is_sentence = |says: &String| !says.trim().is_empty() && says.len() <= MAX_SAYS;
    match list.len() <= MAX_FINDINGS && list.iter().all(is_sentence) {
        true => Ok(()),
        false => Err(format!("What rules say must be sentences of at most {MAX_SAYS} bytes.")),
    }
}

fn accounts(list: &[String]) -> Result<(), String> {
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    let is_account = |one: &String| {
        one.strip_prefix('@').is_some_and(|name| (1..=200).contains(&name.len()) && name.chars().all(letter))
    };
    match list.iter().all(is_account) {
        true => Ok(()),
        false => Err("A reviewer must be an account or a team of the forge, like @acme/identity.".to_owned()),
    }
}
