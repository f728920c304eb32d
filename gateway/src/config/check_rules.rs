//! Checks of a project, as the file has them.

use gateway_domain::{
    CheckKind, CheckPolicy, CheckSpec, CheckWork, ConfiguredCheck, LONGEST_LIMIT_SECONDS,
    STANDARD_LIMIT_SECONDS,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Longest name of a check, and longest text that an answer is searched for.
const LONGEST_NAME: usize = 60;
const LONGEST_TEXT: usize = 1_000;

/// More checks than anybody has patience for.
const MOST: usize = 10;

/// A check of the project: either a command or an address.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CheckRule {
    /// A command that runs in the session's directory, in the guarded shell. Exit code 0 is a pass, unless a test report says
    /// otherwise.
    run: Option<String>,
    /// An address that the gateway fetches: `https://…`, or a path below the address of a running copy such as `/healthz`.
    fetch: Option<String>,
    /// `unit`, or `integration` for a command that needs `TEST_URL`. With `fetch` it is always `acceptance`.
    #[schemars(extend("default" = "unit"))]
    kind: Option<CheckKind>,
    /// A file that the command writes its results to, such as `out/junit.xml`. Without it what was printed is read.
    report: Option<String>,
    /// How long it can take, from 1 to 3600.
    #[schemars(extend("default" = STANDARD_LIMIT_SECONDS))]
    timeout_seconds: Option<u64>,
    /// When it runs by itself: `request` is never, `done` is whenever the agent reports that the work is done.
    #[schemars(extend("default" = "request"))]
    when: When,
    /// Only with `fetch`: the status that is expected.
    #[schemars(extend("default" = 200))]
    status: Option<u16>,
    /// Only with `fetch`: what must be in the answer.
    text: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum When {
    #[default]
    Request,
    Done,
}

/// All of a project, checked.
pub(super) fn checks(
    rules: &BTreeMap<String, CheckRule>,
    test_url: Option<&String>,
    place: &str,
    faults: &mut Vec<String>,
) -> CheckPolicy {
    if rules.len() > MOST {
        faults.push(format!("{place}checks: has {} checks; at most {MOST} are possible.", rules.len()));
    }
    if let Some(url) = test_url.filter(|url| !is_address(url)) {
        faults.push(format!(
            "{place}test_url: {url:?} is not a valid address. Example: https://staging.example.org."
        ));
    }
    let mut all = vec![];
    for (name, rule) in rules {
        match check(name, rule) {
            Ok(check) => all.push(check),
            Err(why) => faults.push(format!("{place}checks.{name}: {why}")),
        }
    }
    CheckPolicy { checks: all, test_url: test_url.cloned() }
}

fn check(name: &str, rule: &CheckRule) -> Result<ConfiguredCheck, String> {
    if name.trim().is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(format!("a name must have 1 to {LONGEST_NAME} characters."));
    }
    let limit_seconds = rule.timeout_seconds.unwrap_or(STANDARD_LIMIT_SECONDS);
    if !(1..=LONGEST_LIMIT_SECONDS).contains(&limit_seconds) {
        return Err(format!("`timeout_seconds` must be from 1 to {LONGEST_LIMIT_SECONDS}."));
    }
    let (kind, work) = match (&rule.run, &rule.fetch) {
        (Some(command), None) => command_of(command, rule)?,
        (None, Some(url)) => (CheckKind::Acceptance, address_of(url, rule)?),
        _ => return Err("set either `run` (a command) or `fetch` (an address).".to_owned()),
    };
    let spec = CheckSpec { name: name.to_owned(), kind, work, limit_seconds, found_in: None, script: None };
    Ok(ConfiguredCheck { spec, when_done: rule.when == When::Done })
}

fn command_of(command: &str, rule: &CheckRule) -> Result<(CheckKind, CheckWork), String> {
    if command.trim().is_empty() || command.contains('\0') {
        return Err("`run` must be a command, such as npm test.".to_owned());
    }
    if rule.status.is_some() || rule.text.is_some() {
        return Err("`status` and `text` belong to `fetch`.".to_owned());
    }
    if rule.report.as_ref().is_some_and(|file| is_odd(file)) {
        return Err(
            "`report` must be a file below the session's directory, such as out/junit.xml.".to_owned()
        );
    }
    match rule.kind.unwrap_or(CheckKind::Unit) {
        CheckKind::Acceptance => Err("an acceptance check needs `fetch`, not `run`.".to_owned()),
        kind => Ok((kind, CheckWork::Run { command: command.to_owned(), report: rule.report.clone() })),
    }
}

fn address_of(url: &str, rule: &CheckRule) -> Result<CheckWork, String> {
    if rule.report.is_some() || rule.kind.is_some_and(|kind| kind != CheckKind::Acceptance) {
        return Err("`report` and other kinds belong to `run`.".to_owned());
    }
    let is_path = url.starts_with('/') && !url.starts_with("//") && !url.contains(char::is_whitespace);
    if !is_path && !is_address(url) {
        return Err(format!("`fetch`: {url:?} is neither an address (https://…) nor a path (/healthz)."));
    }
    let status = rule.status.unwrap_or(200);
    if !(100..=599).contains(&status) {
        return Err("`status` must be from 100 to 599.".to_owned());
    }
    if rule.text.as_ref().is_some_and(|text| text.is_empty() || text.len() > LONGEST_TEXT) {
        return Err(format!("`text` must have 1 to {LONGEST_TEXT} characters."));
    }
    Ok(CheckWork::Fetch { url: url.to_owned(), status, text: rule.text.clone() })
}

fn is_odd(file: &str) -> bool {
    file.is_empty()
        || file.starts_with(['/', '-', '~'])
        || file.contains('\0')
        || file.split('/').any(|part| part == "..")
}

/// Nothing but the web: neither files nor what else an address may mean.
fn is_address(url: &str) -> bool {
    let is_web = ["http://", "https://"].iter().any(|start| url.starts_with(start));
    is_web && url.parse::<axum::http::Uri>().is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (CheckPolicy, Vec<String>) {
        let rules: BTreeMap<String, CheckRule> = serde_yaml::from_str(text).unwrap();
        let mut faults = vec![];
        let policy = checks(&rules, None, "projects.shop.", &mut faults);
        (policy, faults)
    }

    #[test]
    fn commands_and_addresses_are_read() {
        // REQ-CHECK-01, REQ-CHECK-03
        let (policy, faults) = read(
            "unit: { run: make test, report: out/junit.xml, timeout_seconds: 60, when: done }\n\
             api: { run: npm run api, kind: integration }\n\
             health: { fetch: /healthz, text: ok }\n",
        );
        assert_eq!(faults, Vec::<String>::new());
        let [api, health, unit] = &policy.checks[..] else { panic!("{policy:?}") };
        assert!(unit.when_done && !api.when_done && unit.spec.is_configured());
        assert_eq!((api.spec.kind, health.spec.kind), (CheckKind::Integration, CheckKind::Acceptance));
        assert!(api.spec.needs_test_url() && health.spec.needs_test_url() && !unit.spec.needs_test_url());
        assert_eq!(unit.spec.limit_seconds, 60);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        // REQ-FRONT-02
        for (text, told) in [
            ("a: {}", "either `run`"),
            ("a: { run: x, fetch: /x }", "either `run`"),
            ("a: { run: '' }", "must be a command"),
            ("a: { run: x, report: ../../etc/passwd }", "below the session's directory"),
            ("a: { run: x, report: /etc/passwd }", "below the session's directory"),
            ("a: { run: x, timeout_seconds: 0 }", "from 1 to 3600"),
            ("a: { run: x, kind: acceptance }", "needs `fetch`"),
            ("a: { run: x, text: y }", "belong to `fetch`"),
            ("a: { fetch: 'file:///etc/passwd' }", "neither an address"),
            ("a: { fetch: '//other.test' }", "neither an address"),
            ("a: { fetch: 'http://' }", "neither an address"),
            ("a: { fetch: /x, status: 99 }", "from 100 to 599"),
        ] {
            let (_, faults) = read(text);
            assert!(
                faults.len() == 1
                    && faults[0].starts_with("projects.shop.checks.a: ")
                    && faults[0].contains(told),
                "{text}: {faults:?}"
            );
        }
    }
}
