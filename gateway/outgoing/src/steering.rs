//! Words in a commit message that tell CI what to do. A change that turns off its own judge must not leave.

use regex::{Regex, RegexBuilder};
use std::borrow::Cow;
use std::sync::LazyLock;

/// `[skip ci]` and its relatives of GitHub, GitLab, CircleCI, Travis, Azure and others.
const WORDS: &str = r"\[\s*(?:skip|no|omit|ignore)[\s_-]+(?:ci|cd|actions?|checks?|build|builds|tests?|pipelines?|deploy|github|gitlab|travis|circle|circleci|appveyor|drone|jenkins|azure|azurepipelines|azpipelines|azp|codecov|netlify|vercel|render|buildkite|cirrus|semaphore|woodpecker|bors|ci\s+all)\s*\]|\[\s*(?:ci|cd|actions?|checks?|build|pipelines?|travis|circle|circleci|appveyor|drone|jenkins|azurepipelines|azpipelines|azp|netlify|vercel|render|buildkite|woodpecker)[\s:_-]+(?:skip|ignore|off|no)\s*\]|\*{3}\s*NO_CI\s*\*{3}";

/// GitHub's trailers.
const TRAILERS: &str = r"^[ \t]*(?:skip|request)-checks[ \t]*:[^\n]*$";

static STEERING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    RegexBuilder::new(&format!("(?:{WORDS})|(?:{TRAILERS})"))
        .case_insensitive(true)
        .multi_line(true)
        .build()
        .ok()
});

/// Each as it stands there, on one line and not too long.
pub fn steering_words(message: &str) -> Vec<String> {
    let Some(regex) = STEERING.as_ref() else {
        // A test holds this to be impossible; if it comes to be all the same nothing leaves.
        return vec![message.chars().take(80).collect()];
    };
    let found =
        regex.find_iter(message).map(|found| found.as_str().split_whitespace().collect::<Vec<_>>().join(" "));
    let mut words: Vec<String> = found.map(|words| words.chars().take(80).collect()).collect();
    words.dedup();
    words
}

/// The message without them.
pub fn without_steering(message: &str) -> String {
    let mut text = message.to_owned();
    // What is taken out may join what stood around it to another.
    while let Some(regex) = STEERING.as_ref()
        && let Cow::Owned(shorter) = regex.replace_all(&text, "")
    {
        text = shorter;
    }
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_ci_is_found_in_any_case() {
        // REQ-DELIVER-06
        for text in [
            "Fix it [skip ci]",
            "[CI SKIP] Fix",
            "Fix\n\n[no ci]",
            "[skip actions]",
            "[actions skip]",
            "***NO_CI***",
            "Fix\n\nskip-checks: true",
            "Fix\n\nSkip-Checks:true\nCo-authored-by: A <a@b.test>",
            "request-checks: true",
            "[Skip  CI]",
            "[skip-ci]",
            "[ci: skip]",
            "[skip azurepipelines]",
            "[skip\nci]",
        ] {
            assert_eq!(steering_words(text).len(), 1, "{text}");
            assert!(steering_words(&without_steering(text)).is_empty(), "{text}");
        }
    }

    #[test]
    fn ordinary_messages_steer_nothing() {
        for text in [
            "Skip CI badges in the README",
            "[ci] Cache more",
            "Don't request checks: they are late",
            "[WIP] no ci yet",
        ] {
            assert!(steering_words(text).is_empty(), "{text}");
            assert_eq!(without_steering(text), text);
        }
    }

    #[test]
    fn what_is_left_when_one_is_taken_out_is_looked_at_too() {
        assert!(steering_words(&without_steering("[skip [skip ci]ci] [sk[no ci]ip ci]")).is_empty());
    }
}
