//! What GitHub's refusals mean.

use crate::rights::{self, Rights};
use crate::wire::Answer;
use gateway_delivery::Refusal;
use gateway_domain::{cut, mask_text, one_line};

const LONGEST: usize = 300;

/// Words of GitHub for people: on one line, short, and without secrets.
pub(crate) fn quoted(words: &str) -> String {
    let line = one_line(&mask_text(words).replace(['\n', '\r'], " "));
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.trim_end_matches('.') {
        "" => "it gave no reason".to_owned(),
        words => cut(words, LONGEST),
    }
}

/// Of an answer that isn't a success and no 404.
pub(crate) fn refusal(answer: &Answer, needed: Rights) -> Refusal {
    let words = answer.message();
    // GraphQL says that with 401, too.
    if words.contains("Resource not accessible by") {
        return Refusal::RightMissing { right: right(answer, needed) };
    }
    if answer.status == 401 {
        return Refusal::Revoked;
    }
    of_words(&words)
}

pub(crate) fn of_words(words: &str) -> Refusal {
    let small = words.to_lowercase();
    let has = |part: &str| small.contains(part);
    if has("without `workflows` permission") || has("without `workflow` scope") {
        return Refusal::WorkflowFile { paths: workflow_paths(words) };
    }
    if has("verified signature") || has("must be signed") || has("commits must have") && has("sign") {
        return Refusal::Unsigned;
    }
    if has("repository rule violations") || has("protected branch") {
        let rule = words.replacen("Repository rule violations found", "", 1);
        return Refusal::Ruleset { rule: quoted(rule.trim().trim_start_matches(':')) };
    }
    Refusal::Other { why: quoted(words) }
}

/// What GitHub itself says was lacking, such as `pull_requests=write`; of several ways the first. Where the whole operation needs
/// more of it than this request, that is what has to be granted.
fn right(answer: &Answer, needed: Rights) -> String {
    let said = answer.header("x-accepted-github-permissions").and_then(|said| said.split(';').next());
    let said = said.into_iter().flat_map(|said| said.split(',')).filter_map(|one| one.trim().split_once('='));
    let level_of = |name: &str| needed.iter().find(|(needed, _)| *needed == name).map(|(_, level)| *level);
    let said: Vec<String> =
        said.map(|(name, level)| rights::named(name, level_of(name).unwrap_or(level))).collect();
    match said.is_empty() {
        false => said.join(", "),
        true => needed.iter().map(|(name, level)| rights::named(name, level)).collect::<Vec<_>>().join(", "),
    }
}

fn workflow_paths(words: &str) -> Vec<String> {
    let quoted = words.split('`').skip(1).step_by(2);
    quoted.filter(|part| part.starts_with(".github/")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn githubs_words_become_refusals() {
        // REQ-DELIVER-15
        let workflow = "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission";
        let paths = vec![".github/workflows/ci.yml".to_owned()];
        assert_eq!(of_words(workflow), Refusal::WorkflowFile { paths });
        let rule = "Repository rule violations found\n\nRequired status check \"test\" is expected.";
        let said = "Required status check \"test\" is expected".to_owned();
        assert_eq!(of_words(rule), Refusal::Ruleset { rule: said });
        assert_eq!(of_words("Commits must have verified signatures."), Refusal::Unsigned);
        assert_eq!(of_words(""), Refusal::Other { why: "it gave no reason".to_owned() });
    }

    #[test]
    fn words_of_the_forge_carry_no_secret_and_no_second_line() {
        // REQ-DELIVER-04
        let token = format!("gh{}_{}", "s", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
        let said = quoted(&format!("no good: {token}\n@everyone\u{202e}"));
        assert!(!said.contains(&token) && !said.contains('\n') && !said.contains('\u{202e}'), "{said}");
    }
}
