//! What `git push --porcelain` said, read.

use crate::git_output::last_words;
use gateway_domain::mask_text;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Pushed,
    UpToDate,
    /// The branch isn't where it was expected.
    Stale,
    /// A sentence.
    Refused(String),
    /// Nothing that tells; what it said, for people.
    Unclear(String),
}

pub(crate) fn read(out: &str, err: &str, reference: &str, ended_well: bool) -> Answer {
    let line = out.lines().find_map(|line| {
        let mut parts = line.splitn(3, '\t');
        let (flag, names, summary) = (parts.next()?, parts.next()?, parts.next()?);
        names.ends_with(&format!(":{reference}")).then_some((flag, summary))
    });
    match line {
        Some(("=", _)) if ended_well => Answer::UpToDate,
        Some((" " | "*" | "+", _)) if ended_well => Answer::Pushed,
        Some(("!", summary)) if is_stale(summary) => Answer::Stale,
        Some(("!", summary)) if summary.starts_with("[remote rejected]") => {
            Answer::Refused(refusal(summary, err))
        }
        _ => unclear(err),
    }
}

/// Also when the server saw it move in between.
fn is_stale(summary: &str) -> bool {
    const MOVED: [&str; 8] = [
        "stale info",
        "non-fast-forward",
        "fetch first",
        "cannot lock ref",
        "failed to update ref",
        "reference already exists",
        "incorrect old value",
        "failed to lock",
    ];
    MOVED.iter().any(|words| summary.contains(words))
}

/// The server's own words say which rule it was.
fn refusal(summary: &str, err: &str) -> String {
    let reason = mask_text(summary.trim_start_matches("[remote rejected]").trim());
    let said = last_words(&remote_lines(err));
    if reason.contains("workflow") && reason.contains("permission") {
        return "GitHub does not let this app change workflow files. Take the change out, or push it yourself.".to_owned();
    }
    match said.is_empty() {
        true => format!("The repository's server refused the branch: {reason}."),
        false => format!("The repository's server refused the branch: {reason}. It said: {said}"),
    }
}

fn remote_lines(err: &str) -> String {
    err.lines().filter(|line| line.starts_with("remote:")).collect::<Vec<_>>().join("\n")
}

fn unclear(err: &str) -> Answer {
    match refused_at_the_door(err) {
        Some(sentence) => Answer::Refused(sentence),
        None => Answer::Unclear(last_words(err)),
    }
}

/// Before anything was sent.
pub(crate) fn refused_at_the_door(err: &str) -> Option<String> {
    let has = |words: &[&str]| words.iter().any(|words| err.contains(words));
    let said = last_words(&remote_lines(err));
    let said = if said.is_empty() { String::new() } else { format!(" It said: {said}") };
    let sentence = match () {
        () if has(&[
            "error: 401",
            "Authentication failed",
            "could not read Username",
            "could not read Password",
            "unable to get password",
        ]) =>
        {
            "The repository's server didn't accept the credential."
        }
        () if has(&["error: 403", "Permission to ", "Write access to repository not granted"]) => {
            "The repository's server doesn't allow it with these rights."
        }
        () if has(&["error: 404", "Repository not found", "' not found"]) => {
            "The repository was not found, or this gateway has no access to it."
        }
        () if has(&[
            "unable to update url base from redirection",
            "error: 301",
            "error: 302",
            "error: 307",
            "error: 308",
        ]) =>
        {
            "The repository's server points to another address, which isn't followed. Correct the repository's address."
        }
        () if has(&["transport 'file' not allowed", "transport 'ext' not allowed", "not allowed"]) => {
            "The repository's address leads elsewhere."
        }
        () => return None,
    };
    Some(format!("{sentence}{said}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRANCH: &str = "refs/heads/hubble/x";

    fn said(flag: &str, summary: &str) -> String {
        format!("To https://github.test/o/r\n{flag}\t0123:{BRANCH}\t{summary}\nDone\n")
    }

    #[test]
    fn each_answer_is_told_apart() {
        // REQ-DELIVER-15
        let read = |flag: &str, summary: &str, well| super::read(&said(flag, summary), "", BRANCH, well);
        assert_eq!(read("*", "[new branch]", true), Answer::Pushed);
        assert_eq!(read(" ", "0123..4567", true), Answer::Pushed);
        assert_eq!(read("=", "[up to date]", true), Answer::UpToDate);
        assert_eq!(read("!", "[rejected] (stale info)", false), Answer::Stale);
        assert_eq!(read("!", "[rejected] (fetch first)", false), Answer::Stale);
        assert_eq!(read("!", "[remote rejected] (cannot lock ref 'x')", false), Answer::Stale);
        assert!(matches!(
            read("!", "[remote rejected] (protected branch hook declined)", false),
            Answer::Refused(_)
        ));
        assert!(
            matches!(read("*", "[new branch]", false), Answer::Unclear(_)),
            "it ended badly all the same"
        );
        assert!(matches!(
            read("!", "[remote failure] (remote failed to report status)", false),
            Answer::Unclear(_)
        ));
        let other = said("*", "[new branch]").replace("hubble/x", "hubble/xy");
        assert!(matches!(super::read(&other, "", BRANCH, true), Answer::Unclear(_)), "another branch");
    }

    #[test]
    fn refusals_become_sentences() {
        // REQ-DELIVER-15
        let workflow = "[remote rejected] (refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission)";
        let Answer::Refused(told) = read(&said("!", workflow), "", BRANCH, false) else { panic!() };
        assert!(told.contains("workflow files"), "{told}");
        let err = "remote: error: GH013: Repository rule violations found.\nremote: - Commits must have verified signatures.\n";
        let Answer::Refused(told) = read(&said("!", "[remote rejected] (push declined)"), err, BRANCH, false)
        else {
            panic!()
        };
        assert!(told.contains("verified signatures"), "{told}");
        for (err, word) in [
            ("fatal: unable to access 'https://x.test/': The requested URL returned error: 403", "rights"),
            ("fatal: Authentication failed for 'https://x.test/'", "credential"),
            ("remote: Repository not found.\nfatal: repository 'https://x.test/' not found", "not found"),
        ] {
            let Answer::Refused(told) = read("", err, BRANCH, false) else { panic!("{err}") };
            assert!(told.contains(word), "{told}");
        }
        for err in [
            "fatal: the remote end hung up unexpectedly",
            "error: RPC failed; HTTP 502",
            "",
            "Could not resolve host: x",
        ] {
            assert!(matches!(read("", err, BRANCH, false), Answer::Unclear(_)), "{err}");
        }
    }
}
