//! What a pack would have said to changes that were recorded: the facts that deliveries keep as evidence.

use crate::{Pack, PackFault, Unjudged};
use gateway_delivery::{Decision, Facts, Finding, Tier};
use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

const MAX_RECORDED: usize = 1_000;
const MAX_FACTS: u64 = 16 * 1024 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub file: String,
    pub said: Result<Decision, Unjudged>,
}

/// Each `*.json` of the folder, in the order of the names.
pub fn judge_recorded(pack: &Pack, folder: &Path) -> Result<Vec<Recorded>, PackFault> {
    let shown = folder.display().to_string();
    let fault =
        |error: std::io::Error| PackFault::of(shown.as_str(), format!("This can't be read: {error}."));
    let mut names = vec![];
    for entry in fs::read_dir(folder).map_err(fault)? {
        let name = entry.map_err(fault)?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") {
            names.push(name);
        }
    }
    if names.len() > MAX_RECORDED {
        return Err(PackFault::of(
            shown.as_str(),
            format!("There are more than {MAX_RECORDED} recorded changes."),
        ));
    }
    names.sort();
    let judged = |file: String| Recorded {
        said: facts(&folder.join(&file)).and_then(|facts| pack.judge(&facts)),
        file,
    };
    Ok(names.into_iter().map(judged).collect())
}

fn facts(path: &Path) -> Result<Facts, Unjudged> {
    let unread = |why: String| Unjudged { why: format!("These facts can't be read: {why}.") };
    if !fs::metadata(path).map_err(|error| unread(error.to_string()))?.is_file() {
        return Err(unread("they are not in a file".to_owned()));
    }
    let mut bytes = vec![];
    let file = File::open(path).map_err(|error| unread(error.to_string()))?;
    file.take(MAX_FACTS + 1).read_to_end(&mut bytes).map_err(|error| unread(error.to_string()))?;
    if bytes.len() as u64 > MAX_FACTS {
        return Err(unread(format!("they are larger than {MAX_FACTS} bytes")));
    }
    serde_json::from_slice(&bytes).map_err(|error| unread(error.to_string()))
}

/// One line: the answer, the rules, the risk.
impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, said } = self;
        match said {
            Err(unjudged) => write!(f, "{file}: unjudged, so denied. {unjudged}"),
            Ok(decision) => {
                let Decision { deny, ask, warn, tier, .. } = decision;
                let answer = match (deny.as_slice(), ask.as_slice()) {
                    ([], []) => "allow".to_owned(),
                    ([], ask) => format!("ask ({})", rules(ask)),
                    (deny, _) => format!("deny ({})", rules(deny)),
                };
                let warned =
                    if warn.is_empty() { String::new() } else { format!(", warns ({})", rules(warn)) };
                write!(f, "{file}: {answer}{warned}, risk {}", risk(*tier))
            }
        }
    }
}

fn rules(findings: &[Finding]) -> String {
    let mut rules: Vec<_> = findings.iter().map(|finding| finding.rule.as_str()).collect();
    rules.dedup();
    rules.join(", ")
}

fn risk(tier: Tier) -> &'static str {
    match tier {
        Tier::Low => "low",
        Tier::Medium => "medium",
        Tier::High => "high",
    }
}
